package planner

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// walkNodes visits every message of a parse tree from the top; visit returns false to leave what is below a message out.
func walkNodes(m proto.Message, visit func(m any) bool) {
	if m == nil || !m.ProtoReflect().IsValid() {
		return
	}
	if !visit(m) {
		return
	}
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				walkNodes(v.List().Get(i).Message().Interface(), visit)
			}
		default:
			walkNodes(v.Message().Interface(), visit)
		}
		return true
	})
}

// sameNode reports whether two parts of a parse tree are written alike, wherever they stand.
func sameNode(a, b *pg_query.Node) bool {
	return a != nil && b != nil && proto.Equal(withoutPlaces(a), withoutPlaces(b))
}

func withoutPlaces(n *pg_query.Node) *pg_query.Node {
	out := proto.CloneOf(n)
	walkNodes(out, func(m any) bool {
		r := m.(proto.Message).ProtoReflect()
		if f := r.Descriptor().Fields().ByName("location"); f != nil {
			r.Clear(f)
		}
		return true
	})
	return out
}

// mentionsQuery reports whether there is a query inside an expression.
func mentionsQuery(n *pg_query.Node) bool {
	found := false
	walkNodes(n, func(m any) bool {
		_, is := m.(*pg_query.SubLink)
		found = found || is
		return !found
	})
	return found
}
