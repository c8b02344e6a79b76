package wire

import (
	"maps"
	"strings"
	"testing"

	"meshgate/sqlerr"
)

func TestParseOptions(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"":                                     {},
		"   ":                                  {},
		"-c a=1":                               {"a": "1"},
		"-ca=1 --b-c=2  -c  mesh.purpose=x":    {"a": "1", "b_c": "2", "mesh.purpose": "x"},
		`-c application_name=a\ b\\c`:          {"application_name": `a b\c`},
		"-c a=1 -c A=2":                        {"a": "2"},
		"-c a=":                                {"a": ""},
		"-c a=b=c":                             {"a": "b=c"},
		"--search_path=x,y\t-c\nDateStyle=ISO": {"search_path": "x,y", "datestyle": "ISO"},
		`-c a=\`:                               {"a": ""},
		`-c a=x\ `:                             {"a": "x "},
	} {
		p := startupPacket{options: text}
		got, err := p.params()
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"-c", "-c a", "--", "--a", "-d 5", "a=1", "-", "-e", `\`} {
		p := startupPacket{options: text}
		if _, err := p.params(); !sqlerr.Is(err, sqlerr.SyntaxError) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestStartupPacket(t *testing.T) {
	packet := func(pairs ...string) []byte {
		return []byte("\x00\x03\x00\x00" + strings.Join(pairs, "\x00") + "\x00\x00")
	}
	var p startupPacket
	if err := p.parse(packet("user", "ann", "DateStyle", "ISO", "options", "-c datestyle=German -c x=1", "user", "bob")); err != nil {
		t.Fatal(err)
	}
	params, err := p.params()
	if err != nil || p.user != "bob" || p.database != "bob" || params["datestyle"] != "ISO" || params["x"] != "1" {
		t.Errorf("%+v %v %v", p, params, err)
	}
	p = startupPacket{}
	if err := p.parse(packet("user", strings.Repeat("é", 40), "database", "")); err != nil {
		t.Fatal(err)
	}
	if p.user != strings.Repeat("é", 31) || p.database != p.user {
		t.Errorf("a long name became %q, %q", p.user, p.database)
	}
	p = startupPacket{}
	if err := p.parse(packet("user", "\xff")); !sqlerr.Is(err, sqlerr.CharacterNotInRepertoire) {
		t.Errorf("a name that is not UTF-8: %v", err)
	}
	for value, want := range map[string]sqlerr.Code{
		"on": sqlerr.FeatureNotSupported, "database": sqlerr.FeatureNotSupported, "1": sqlerr.FeatureNotSupported,
		"T": sqlerr.FeatureNotSupported, "no": "", "off": "", "0": "", "F": "",
		"o": sqlerr.InvalidParameterValue, "": sqlerr.InvalidParameterValue, "maybe": sqlerr.InvalidParameterValue,
	} {
		p = startupPacket{}
		err := p.parse(packet("user", "ann", "replication", value))
		if want == "" && err != nil || want != "" && !sqlerr.Is(err, want) {
			t.Errorf("replication=%q: %v", value, err)
		}
	}
}

func TestParseVerifier(t *testing.T) {
	const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	if stored, ok := parseVerifier("SCRAM-SHA-256$4096:c2FsdA==$" + key + ":" + key); !ok || stored.Salt != "salt" || stored.Iters != 4096 {
		t.Errorf("%+v %v", stored, ok)
	}
	for _, text := range []string{
		"", "md5abc", "SCRAM-SHA-1$4096:c2FsdA==$" + key + ":" + key, "SCRAM-SHA-256$0:c2FsdA==$" + key + ":" + key,
		"SCRAM-SHA-256$x:c2FsdA==$" + key + ":" + key, "SCRAM-SHA-256$4096:$" + key + ":" + key,
		"SCRAM-SHA-256$4096:c2FsdA==$" + key,
		"SCRAM-SHA-256$4096:c2FsdA==$AAAA:" + key, "SCRAM-SHA-256$4096:c2FsdA==$" + key + ":?", "SCRAM-SHA-256$4096:c2FsdA==",
	} {
		if _, ok := parseVerifier(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}
