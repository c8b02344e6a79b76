package syscat

import (
	"cmp"
	"strconv"
	"strings"

	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// aclRights are the privileges in the order of their bits (utils/acl.h): the letter in an aclitem, and the word.
var aclRights = []struct {
	letter byte
	word   string
}{
	{'a', "INSERT"},
	{'r', "SELECT"},
	{'w', "UPDATE"},
	{'d', "DELETE"},
	{'D', "TRUNCATE"},
	{'x', "REFERENCES"},
	{'t', "TRIGGER"},
	{'X', "EXECUTE"},
	{'U', "USAGE"},
	{'C', "CREATE"},
	{'T', "TEMPORARY"},
	{'c', "CONNECT"},
	{'s', "SET"},
	{'A', "ALTER SYSTEM"},
}

// aclDefaults are what PUBLIC and the owner of an object may do when nothing was granted, by acldefault's letter for the kind of object.
var aclDefaults = map[string][2]string{
	"c": {"", ""}, "r": {"", "arwdDxt"}, "s": {"", "rwU"}, "d": {"Tc", "CTc"}, "f": {"X", "X"}, "l": {"U", "U"}, "L": {"", "rw"}, "n": {"", "UC"},
	"p": {"", "sA"}, "t": {"", "C"}, "F": {"", "U"}, "S": {"", "U"}, "T": {"U", "U"},
}

func aclDefault(c *call) ([]*string, error) {
	rights, ok := aclDefaults[c.arg(0)]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InternalError, "unrecognized object type abbreviation: %s", c.arg(0))
	}
	owner := c.aclName(c.oid(1))
	grantor := cmp.Or(owner, "0")
	out := []*string{}
	if rights[0] != "" {
		out = append(out, text("="+rights[0]+"/"+grantor))
	}
	if rights[1] != "" {
		out = append(out, text(owner+"="+rights[1]+"/"+grantor))
	}
	return out, nil
}

// aclName writes a role in an aclitem; 0 is PUBLIC, and of an unknown role there is its number.
func (c *call) aclName(oid pgcat.OID) string {
	if oid == 0 {
		return ""
	}
	for _, r := range c.v.allRoles() {
		if r.oid != oid {
			continue
		}
		for i := range len(r.name) {
			if b := r.name[i]; b != '_' && (b < '0' || b > '9' && b < 'A' || b > 'Z' && b < 'a' || b > 'z') {
				return `"` + strings.ReplaceAll(r.name, `"`, `""`) + `"`
			}
		}
		return r.name
	}
	return strconv.FormatUint(uint64(oid), 10)
}

// aclItem is an aclitem taken apart. options are the letters that may be granted on.
type aclItem struct{ grantee, grantor, rights, options string }

func readACLItem(s string) (aclItem, error) {
	var item aclItem
	name := func() string {
		if !strings.HasPrefix(s, `"`) {
			end := strings.IndexAny(s, "=/")
			if end < 0 {
				end = len(s)
			}
			out := s[:end]
			s = s[end:]
			return out
		}
		var b strings.Builder
		for s = s[1:]; s != ""; s = s[1:] {
			if s[0] == '"' && !strings.HasPrefix(s, `""`) {
				s = s[1:]
				break
			}
			if s[0] == '"' {
				s = s[1:]
			}
			b.WriteByte(s[0])
		}
		return b.String()
	}
	item.grantee = name()
	rights, _, ok := strings.Cut(strings.TrimPrefix(s, "="), "/")
	if !ok {
		return item, sqlerr.Newf(sqlerr.InvalidTextRepresentation, "an access privilege must name its grantor")
	}
	s = s[strings.IndexByte(s, '/')+1:]
	item.grantor = name()
	for i := range len(rights) {
		if rights[i] == '*' && i > 0 {
			item.options += rights[i-1 : i]
		} else {
			item.rights += rights[i : i+1]
		}
	}
	return item, nil
}

func aclExplode(c *call) ([][]*string, error) {
	items, err := c.list(0, pgcat.Text)
	if err != nil {
		return nil, err
	}
	number := func(name string) *string {
		if oid, ok := c.v.roleOID(name); ok {
			return decimal(oid)
		}
		return decimal(numberOf(name)) // PUBLIC is 0
	}
	var rows [][]*string
	for _, s := range items {
		if s == nil {
			return nil, sqlerr.Newf(sqlerr.NullValueNotAllowed, "ACL arrays must not contain null values")
		}
		item, err := readACLItem(*s)
		if err != nil {
			return nil, err
		}
		for _, right := range aclRights {
			if strings.IndexByte(item.rights, right.letter) >= 0 {
				rows = append(rows, []*string{
					number(item.grantor), number(item.grantee), text(right.word), boolean(strings.IndexByte(item.options, right.letter) >= 0),
				})
			}
		}
	}
	return rows, nil
}

// list reads an argument that is an array.
func (c *call) list(i int, elem pgcat.OID) ([]*string, error) {
	v, err := pgvalue.Parse(pgcat.TypeByOID(elem).Array, -1, c.arg(i), pgvalue.DefaultFormat())
	if err != nil {
		return nil, err
	}
	var out []*string
	for _, e := range v.(pgvalue.Array).Values {
		if s, ok := e.(string); ok {
			out = append(out, &s)
		} else {
			out = append(out, nil)
		}
	}
	return out, nil
}

// aclContains asks whether one item of a list gives what another item gives.
func aclContains(c *call) (*string, error) {
	items, err := c.list(0, pgcat.Text)
	if err != nil {
		return nil, err
	}
	want, err := readACLItem(c.arg(1))
	if err != nil {
		return nil, err
	}
	all := func(have, want string) bool {
		return strings.IndexFunc(want, func(r rune) bool { return !strings.ContainsRune(have, r) }) < 0
	}
	for _, s := range items {
		if s == nil {
			return nil, sqlerr.Newf(sqlerr.NullValueNotAllowed, "ACL arrays must not contain null values")
		}
		have, err := readACLItem(*s)
		if err != nil {
			return nil, err
		}
		if have.grantee == want.grantee && have.grantor == want.grantor && all(have.rights, want.rights) && all(have.options, want.options) {
			return boolean(true), nil
		}
	}
	return boolean(false), nil
}

func aclEqual(c *call) (*string, error) { return boolean(c.arg(0) == c.arg(1)), nil }

func makeACLItem(c *call) (*string, error) {
	for _, r := range aclRights {
		if !strings.EqualFold(r.word, c.arg(2)) && !(r.letter == 'T' && strings.EqualFold(c.arg(2), "TEMP")) {
			continue
		}
		letters := string(r.letter)
		if c.arg(3) == "true" {
			letters += "*"
		}
		return text(c.aclName(c.oid(0)) + "=" + letters + "/" + cmp.Or(c.aclName(c.oid(1)), "0")), nil
	}
	return nil, sqlerr.Newf(sqlerr.InvalidParameterValue, "unrecognized privilege type: %q", c.arg(2))
}

// aclGone refuses what PostgreSQL refuses since version 7.4.
func aclGone(name string) answer {
	return func(*call) (*string, error) {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s is no longer supported", name)
	}
}

// optionRows answers pg_options_to_table: each option as its name and its value.
func optionRows(c *call) ([][]*string, error) {
	options, err := c.list(0, pgcat.Text)
	if err != nil {
		return nil, err
	}
	var rows [][]*string
	for _, o := range options {
		if o == nil {
			return nil, sqlerr.Newf(sqlerr.NullValueNotAllowed, "null array element not allowed in this context")
		}
		name, value, ok := strings.Cut(*o, "=")
		if !ok {
			rows = append(rows, []*string{&name, nil})
			continue
		}
		rows = append(rows, []*string{&name, &value})
	}
	return rows, nil
}
