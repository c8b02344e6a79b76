package wiretest

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// frontendMessages makes the messages that a line of send can name.
var frontendMessages = map[string]func() pgproto3.FrontendMessage{
	"Bind":           func() pgproto3.FrontendMessage { return new(pgproto3.Bind) },
	"Close":          func() pgproto3.FrontendMessage { return new(pgproto3.Close) },
	"CopyData":       func() pgproto3.FrontendMessage { return new(pgproto3.CopyData) },
	"CopyDone":       func() pgproto3.FrontendMessage { return new(pgproto3.CopyDone) },
	"CopyFail":       func() pgproto3.FrontendMessage { return new(pgproto3.CopyFail) },
	"Describe":       func() pgproto3.FrontendMessage { return new(pgproto3.Describe) },
	"Execute":        func() pgproto3.FrontendMessage { return new(pgproto3.Execute) },
	"Flush":          func() pgproto3.FrontendMessage { return new(pgproto3.Flush) },
	"FunctionCall":   func() pgproto3.FrontendMessage { return new(pgproto3.FunctionCall) },
	"GSSEncRequest":  func() pgproto3.FrontendMessage { return new(pgproto3.GSSEncRequest) },
	"Parse":          func() pgproto3.FrontendMessage { return new(pgproto3.Parse) },
	"Query":          func() pgproto3.FrontendMessage { return new(pgproto3.Query) },
	"SSLRequest":     func() pgproto3.FrontendMessage { return new(pgproto3.SSLRequest) },
	"StartupMessage": func() pgproto3.FrontendMessage { return new(pgproto3.StartupMessage) },
	"Sync":           func() pgproto3.FrontendMessage { return new(pgproto3.Sync) },
	"Terminate":      func() pgproto3.FrontendMessage { return new(pgproto3.Terminate) },
}

// encode appends the message of a line:
//
//	TYPE {json}          a message of pgproto3
//	message T BYTES…     a message of type T with the right length
//	packet BYTES…        a packet of the startup, which has a length and no type
//	bytes BYTES…         nothing added
//
// BYTES are quoted strings and hexadecimal digits.
func encode(dst []byte, line string) ([]byte, error) {
	name, rest, _ := strings.Cut(line, " ")
	switch name {
	case "message":
		kind, body, _ := strings.Cut(rest, " ")
		if len(kind) != 1 {
			return nil, fmt.Errorf("%q is no message type", kind)
		}
		return withLength(append(dst, kind[0]), body)
	case "packet":
		return withLength(dst, rest)
	case "bytes":
		b, err := parseBytes(rest)
		return append(dst, b...), err
	}
	make, ok := frontendMessages[name]
	if !ok {
		return nil, fmt.Errorf("unknown message %q", name)
	}
	m := make()
	if rest != "" {
		if err := json.Unmarshal([]byte(rest), m); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return m.Encode(dst)
}

func withLength(dst []byte, text string) ([]byte, error) {
	b, err := parseBytes(text)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(b)+4))
	return append(dst, b...), err
}

func parseBytes(text string) ([]byte, error) {
	var out []byte
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			s, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			out, text = append(out, s...), text[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(text, " ")
		b, err := hex.DecodeString(word)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", word, err)
		}
		out, text = append(out, b...), rest
	}
	return out, nil
}

func typeName(m pgproto3.BackendMessage) string { return reflect.TypeOf(m).Elem().Name() }

// failure is what is printed of an error or a notice.
type failure struct {
	Type     string
	Severity string
	Code     string
	Message  string
	Detail   string `json:",omitempty"`
	Hint     string `json:",omitempty"`
	Position int32  `json:",omitempty"`
}

// show prints a message as a line of JSON.
func show(m pgproto3.BackendMessage, masked []string) (string, error) {
	var value any = m
	switch m := m.(type) {
	case *pgproto3.ErrorResponse:
		if m.Severity != m.SeverityUnlocalized {
			return "", errors.New("the fields S and V of an error differ")
		}
		value = failure{"ErrorResponse", m.Severity, m.Code, m.Message, m.Detail, m.Hint, m.Position}
	case *pgproto3.NoticeResponse:
		value = failure{"NoticeResponse", m.Severity, m.Code, m.Message, m.Detail, m.Hint, m.Position}
	}
	if status, ok := m.(*pgproto3.ParameterStatus); ok && slices.Contains(masked, status.Name) {
		value = &pgproto3.ParameterStatus{Name: status.Name, Value: "*"}
	}
	text, err := marshal(value)
	if err != nil {
		return "", err
	}
	for _, field := range masked {
		text = regexp.MustCompile(`"`+field+`":("(?:[^"\\]|\\.)*"|-?[0-9]+)`).ReplaceAllString(text, `"`+field+`":"*"`)
	}
	return text, nil
}

func marshal(v any) (string, error) {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(out.String(), "\n"), err
}
