package connectors

import (
	"strings"
	"testing"
)

func TestComment(t *testing.T) {
	if got := Comment("0af1"); got != " /*application='meshgate',query_id='0af1'*/" {
		t.Errorf("got %s", got)
	}
	if got := Comment(""); got != "" {
		t.Errorf("a query without an id has %q", got)
	}
	for _, bad := range []string{"*/ DROP TABLE t; /*", "' OR '1", "\\", "a\nb", "\x00", "é"} {
		got := Comment(bad)
		body := strings.TrimSuffix(strings.TrimPrefix(got, " /*application='meshgate',query_id='"), "'*/")
		if strings.ContainsAny(body, "'*\\\n\x00 ") || strings.Contains(body, "*/") {
			t.Errorf("%q became %q", bad, got)
		}
	}
}
