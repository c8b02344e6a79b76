package connectors

import (
	"net/url"
	"strings"
)

// Comment is what is put behind a statement so that the store's own logs tell whose query it belongs to, in the form of sqlcommenter:
// keys in their order, values percent-encoded and quoted. Nothing in it can end the comment or be read as SQL.
func Comment(queryID string) string {
	if queryID == "" {
		return ""
	}
	id := strings.NewReplacer("'", "%27", "*", "%2A").Replace(url.PathEscape(queryID))
	return " /*application='meshgate',query_id='" + id + "'*/"
}
