// Package pgencoding converts between UTF-8 and the encodings that clients may ask for, exactly as PostgreSQL 15 does. It knows nothing
// of messages, types and settings.
package pgencoding

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"meshgate/sqlerr"
)

// Encoding is an encoding of one byte for each character, in which ASCII is itself.
type Encoding struct {
	name  string
	runes [256]rune // 0 = no character
	bytes map[rune]byte
}

// Name is PostgreSQL's name of the encoding.
func (e *Encoding) Name() string { return e.name }

// Decode returns a client's text in UTF-8: 22021 for a zero byte, 22P05 for bytes that are no character.
func (e *Encoding) Decode(b []byte) ([]byte, error) {
	out := make([]byte, 0, len(b)+len(b)/2)
	for i, c := range b {
		switch r := e.runes[c]; {
		case c == 0:
			return nil, sqlerr.Newf(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding %q: 0x00", e.name)
		case c < utf8.RuneSelf:
			out = append(out, c)
		case r == 0:
			return nil, untranslatable(b[i:i+1], e.name, "UTF8")
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return out, nil
}

// Append appends UTF-8 text as the client reads it: 22P05 for characters that the encoding does not have.
func (e *Encoding) Append(dst, text []byte) ([]byte, error) {
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			dst, text = append(dst, text[0]), text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		c, ok := e.bytes[r]
		if !ok {
			return dst, untranslatable(text[:n], "UTF8", e.name)
		}
		dst, text = append(dst, c), text[n:]
	}
	return dst, nil
}

// Replaced is Append for texts that must reach the client whatever they hold: what it cannot read becomes a question mark.
func (e *Encoding) Replaced(text string) string {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		} else if c, ok := e.bytes[r]; ok {
			out = append(out, c)
		} else {
			out = append(out, '?')
		}
	}
	return string(out)
}

func untranslatable(char []byte, from, to string) error {
	return sqlerr.Newf(sqlerr.UntranslatableCharacter, "character with byte sequence %s in encoding %q has no equivalent in encoding %q", hexOf(char), from, to)
}

func hexOf(b []byte) string {
	parts := make([]string, len(b))
	for i, c := range b {
		parts[i] = fmt.Sprintf("0x%02x", c)
	}
	return strings.Join(parts, " ")
}

// single makes an encoding out of x/text's table. PostgreSQL's tables of ISO 8859 have the C1 controls; differences lists what else it has
// otherwise, 0 = nothing.
func single(name string, table *charmap.Charmap, differences map[byte]rune) func() *Encoding {
	return sync.OnceValue(func() *Encoding {
		e := &Encoding{name: name, bytes: map[rune]byte{}}
		iso := strings.HasPrefix(name, "LATIN") || strings.HasPrefix(name, "ISO")
		for i := utf8.RuneSelf; i < 256; i++ {
			r := table.DecodeByte(byte(i))
			if r == utf8.RuneError && iso && i < 0xa0 {
				r = rune(i)
			}
			if other, ok := differences[byte(i)]; ok {
				r = other
			}
			if r != utf8.RuneError && r != 0 {
				e.runes[i], e.bytes[r] = r, byte(i)
			}
		}
		return e
	})
}

// convertible are PostgreSQL's encodings of one byte. x/text's tables of those of several bytes differ from PostgreSQL's in some hundred
// characters each.
var convertible = map[string]func() *Encoding{
	"LATIN1": single("LATIN1", charmap.ISO8859_1, nil), "LATIN2": single("LATIN2", charmap.ISO8859_2, nil), "LATIN3": single("LATIN3", charmap.ISO8859_3, nil),
	"LATIN4": single("LATIN4", charmap.ISO8859_4, nil), "LATIN5": single("LATIN5", charmap.ISO8859_9, nil), "LATIN6": single("LATIN6", charmap.ISO8859_10, nil),
	"LATIN7": single("LATIN7", charmap.ISO8859_13, nil), "LATIN8": single("LATIN8", charmap.ISO8859_14, nil), "LATIN9": single("LATIN9", charmap.ISO8859_15, nil),
	"LATIN10": single("LATIN10", charmap.ISO8859_16, nil), "ISO_8859_5": single("ISO_8859_5", charmap.ISO8859_5, nil),
	"ISO_8859_6": single("ISO_8859_6", charmap.ISO8859_6, nil), "ISO_8859_7": single("ISO_8859_7", charmap.ISO8859_7, nil),
	"ISO_8859_8": single("ISO_8859_8", charmap.ISO8859_8, nil), "WIN1250": single("WIN1250", charmap.Windows1250, nil),
	"WIN1251": single("WIN1251", charmap.Windows1251, nil), "WIN1252": single("WIN1252", charmap.Windows1252, nil), "WIN1253": single("WIN1253", charmap.Windows1253, nil),
	"WIN1254": single("WIN1254", charmap.Windows1254, nil), "WIN1255": single("WIN1255", charmap.Windows1255, map[byte]rune{0xca: 0}),
	"WIN1256": single("WIN1256", charmap.Windows1256, nil), "WIN1257": single("WIN1257", charmap.Windows1257, nil), "WIN1258": single("WIN1258", charmap.Windows1258, nil),
	"WIN866": single("WIN866", charmap.CodePage866, nil), "WIN874": single("WIN874", charmap.Windows874, nil), "KOI8R": single("KOI8R", charmap.KOI8R, nil),
	"KOI8U": single("KOI8U", charmap.KOI8U, map[byte]rune{0xae: 0x255d, 0xbe: 0x256c}),
}

// Lookup finds an encoding by any of the names that PostgreSQL knows. canonical is empty for a name that it does not know; e is nil for
// UTF8 and SQL_ASCII, which PostgreSQL does not convert, and where ok is false for those that meshgate does not convert.
func Lookup(name string) (e *Encoding, canonical string, ok bool) {
	var clean strings.Builder
	for _, c := range strings.ToLower(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			clean.WriteRune(c)
		}
	}
	canonical = names[clean.String()]
	if canonical == "UTF8" || canonical == "SQL_ASCII" {
		return nil, canonical, true
	}
	if make := convertible[canonical]; make != nil {
		return make(), canonical, true
	}
	return nil, canonical, false
}

// names is PostgreSQL's table of names (pg_encname_tbl): without what is neither letter nor digit.
var names = map[string]string{
	"abc": "WIN1258", "alt": "WIN866", "big5": "BIG5", "euccn": "EUC_CN", "eucjis2004": "EUC_JIS_2004", "eucjp": "EUC_JP", "euckr": "EUC_KR",
	"euctw": "EUC_TW", "gb18030": "GB18030", "gbk": "GBK", "iso88591": "LATIN1", "iso885910": "LATIN6", "iso885913": "LATIN7", "iso885914": "LATIN8",
	"iso885915": "LATIN9", "iso885916": "LATIN10", "iso88592": "LATIN2", "iso88593": "LATIN3", "iso88594": "LATIN4", "iso88595": "ISO_8859_5",
	"iso88596": "ISO_8859_6", "iso88597": "ISO_8859_7", "iso88598": "ISO_8859_8", "iso88599": "LATIN5", "johab": "JOHAB", "koi8": "KOI8R",
	"koi8r": "KOI8R", "koi8u": "KOI8U", "latin1": "LATIN1", "latin10": "LATIN10", "latin2": "LATIN2", "latin3": "LATIN3", "latin4": "LATIN4",
	"latin5": "LATIN5", "latin6": "LATIN6", "latin7": "LATIN7", "latin8": "LATIN8", "latin9": "LATIN9", "mskanji": "SJIS",
	"muleinternal": "MULE_INTERNAL", "shiftjis": "SJIS", "shiftjis2004": "SHIFT_JIS_2004", "sjis": "SJIS", "sqlascii": "SQL_ASCII",
	"tcvn": "WIN1258", "tcvn5712": "WIN1258", "uhc": "UHC", "unicode": "UTF8", "utf8": "UTF8", "vscii": "WIN1258", "win": "WIN1251",
	"win1250": "WIN1250", "win1251": "WIN1251", "win1252": "WIN1252", "win1253": "WIN1253", "win1254": "WIN1254", "win1255": "WIN1255",
	"win1256": "WIN1256", "win1257": "WIN1257", "win1258": "WIN1258", "win866": "WIN866", "win874": "WIN874", "win932": "SJIS", "win936": "GBK",
	"win949": "UHC", "win950": "BIG5", "windows1250": "WIN1250", "windows1251": "WIN1251", "windows1252": "WIN1252", "windows1253": "WIN1253",
	"windows1254": "WIN1254", "windows1255": "WIN1255", "windows1256": "WIN1256", "windows1257": "WIN1257", "windows1258": "WIN1258",
	"windows866": "WIN866", "windows874": "WIN874", "windows932": "SJIS", "windows936": "GBK", "windows949": "UHC", "windows950": "BIG5",
}
