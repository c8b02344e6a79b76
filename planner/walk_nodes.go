package planner

import (
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
