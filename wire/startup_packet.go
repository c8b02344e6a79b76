package wire

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// startupPacket is what the client asks for: who it wants to be, where, and with which settings.
type startupPacket struct {
	version        uint32 // as agreed: not above what we speak
	newer          bool   // the client asked for a newer minor version
	unknown        []string
	user, database string
	options        string      // the parameter of this name, not taken apart yet
	settings       []Parameter // all others
}

// protocolOption begins the names of options of the protocol itself. We know none.
const protocolOption = "_pq_."

// parse reads a startup packet as PostgreSQL's ProcessStartupPacket does: of parameters given twice the last one counts.
func (p *startupPacket) parse(packet []byte) error {
	version := binary.BigEndian.Uint32(packet)
	if version>>16 != protocol30>>16 {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "unsupported frontend protocol %d.%d: server supports 3.0 to 3.2",
			version>>16, version&0xffff)
	}
	p.version, p.newer = min(version, protocol32), version > protocol32
	pairs, err := startupPairs(packet[4:])
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		switch {
		case pair.Name == "user":
			p.user = pgvalue.TruncateName(pair.Value)
		case pair.Name == "database":
			p.database = pgvalue.TruncateName(pair.Value)
		case pair.Name == "options":
			p.options = pair.Value
		case pair.Name == "replication":
			if err := refuseReplication(pair.Value); err != nil {
				return err
			}
		case strings.HasPrefix(pair.Name, protocolOption):
			p.unknown = append(p.unknown, pair.Name)
		default:
			p.settings = append(p.settings, pair)
		}
	}
	if p.database == "" {
		p.database = p.user
	}
	return nil
}

// params joins the settings; those beside "options" win over those in it. Faults in "options" are told only to a client that
// has proved who it is, as PostgreSQL does.
func (p *startupPacket) params() (map[string]string, error) {
	options, err := parseOptions(p.options)
	if err != nil {
		return nil, err
	}
	params := map[string]string{}
	for _, setting := range append(options, p.settings...) {
		params[strings.ToLower(setting.Name)] = setting.Value
	}
	return params, nil
}

// checkUser is the last check of the packet: PostgreSQL makes it after it has answered about versions.
func (p *startupPacket) checkUser() error {
	if p.user == "" {
		return sqlerr.Newf(sqlerr.InvalidAuthorization, "no PostgreSQL user name specified in startup packet")
	}
	return nil
}

// negotiation returns NegotiateProtocolVersion where the client asked for more than we speak, else nil.
func (p *startupPacket) negotiation() *pgproto3.NegotiateProtocolVersion {
	if !p.newer && len(p.unknown) == 0 {
		return nil
	}
	return &pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: p.version, UnrecognizedOptions: p.unknown}
}

// startupPairs splits names and values. An empty name ends the list and must be the packet's last byte.
func startupPairs(rest []byte) ([]Parameter, error) {
	bad := sqlerr.Newf(sqlerr.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte")
	var pairs []Parameter
	for {
		name, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return nil, bad
		}
		if len(name) == 0 {
			if len(after) > 0 {
				return nil, bad
			}
			return pairs, nil
		}
		value, after, ok := bytes.Cut(after, []byte{0})
		if !ok {
			return nil, bad
		}
		for _, text := range [][]byte{name, value} {
			if e := checkText(text); e != nil {
				return nil, e
			}
		}
		pairs = append(pairs, Parameter{Name: string(name), Value: string(value)})
		rest = after
	}
}

// refuseReplication lets pass only what says that no replication is wanted.
func refuseReplication(value string) error {
	switch on, ok := parseBool(value); {
	case value == "database" || ok && on:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "replication connections are not supported")
	case !ok:
		return sqlerr.Newf(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", "replication", value).
			WithHint(`Valid values are: "false", 0, "true", 1, "database".`)
	}
	return nil
}

// parseBool reads a boolean as PostgreSQL's parse_bool does: any unambiguous beginning of true, false, yes, no, on, off; 1; 0.
func parseBool(text string) (value, ok bool) {
	text = strings.ToLower(text)
	switch text {
	case "", "o":
		return false, false
	case "1":
		return true, true
	case "0":
		return false, true
	}
	for word, value := range map[string]bool{"true": true, "false": false, "yes": true, "no": false, "on": true, "off": false} {
		if strings.HasPrefix(word, text) {
			return value, true
		}
	}
	return false, false
}

// parseOptions reads the startup parameter "options": -c name=value, -cname=value and --name=value (PostgreSQL 15, section
// 20.1.3). The server program's other switches are refused.
func parseOptions(text string) ([]Parameter, error) {
	var settings []Parameter
	args := splitOptions(text)
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var flag, setting string
		switch {
		case arg == "-c" && len(args) > 0:
			flag, setting, args = "-c ", args[0], args[1:]
		case strings.HasPrefix(arg, "--") && len(arg) > 2:
			flag, setting = "--", arg[2:]
		case strings.HasPrefix(arg, "-c") && len(arg) > 2:
			flag, setting = "-c ", arg[2:]
		default:
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "invalid command-line argument for server process: %s", arg).
				WithHint("Settings are given as -c name=value or --name=value.")
		}
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "%s%s requires a value", flag, setting)
		}
		settings = append(settings, Parameter{Name: strings.ReplaceAll(name, "-", "_"), Value: value})
	}
	return settings, nil
}

// splitOptions cuts at white space; a backslash takes the character after it literally (PostgreSQL's pg_split_opts).
func splitOptions(text string) []string {
	var args []string
	var arg []byte
	open, escaped := false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case escaped:
			arg, escaped = append(arg, c), false
		case c == '\\':
			open, escaped = true, true
		case strings.IndexByte(" \t\n\v\f\r", c) >= 0:
			if open {
				args, arg, open = append(args, string(arg)), nil, false
			}
		default:
			arg, open = append(arg, c), true
		}
	}
	if open {
		args = append(args, string(arg))
	}
	return args
}
