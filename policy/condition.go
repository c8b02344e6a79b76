package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"meshgate/catalog"
	"meshgate/meshfile"
)

const (
	// whenCost bounds what one condition may cost to evaluate, in CEL's units: about ten thousand look-ups in a list.
	whenCost = 10_000
	// whenBytes bounds a condition's text and whenDepth its nesting, both before it is compiled.
	whenBytes = 4 << 10
	whenDepth = 32
)

// celPrincipal is principal in conditions.
type celPrincipal struct {
	User   string         `cel:"user"`
	Groups []string       `cel:"groups"`
	Roles  []string       `cel:"roles"`
	Attrs  map[string]any `cel:"attrs"` // texts and lists of texts
}

// celClient is client in conditions.
type celClient struct {
	IP  string `cel:"ip"`
	App string `cel:"app"`
}

// celColumn is column in conditions.
type celColumn struct {
	Domain         string   `cel:"domain"`
	Product        string   `cel:"product"`
	Name           string   `cel:"name"`
	Type           string   `cel:"type"`
	Tags           []string `cel:"tags"`
	Classification string   `cel:"classification"`
}

// celProduct is product in conditions.
type celProduct struct {
	Domain string   `cel:"domain"`
	Name   string   `cel:"name"`
	Status string   `cel:"status"`
	Owner  string   `cel:"owner"`
	Tags   []string `cel:"tags"`
}

// whenEnvs returns the environments of conditions: over products alone, and over columns too. Variables are structs, not maps, so
// that a misspelt field is an error when the file is read and not a condition that fails when it is needed.
func whenEnvs() (product, column *cel.Env, err error) {
	product, err = cel.NewEnv(
		ext.NativeTypes(ext.ParseStructTags(true), reflect.TypeFor[celPrincipal](), reflect.TypeFor[celClient](),
			reflect.TypeFor[celColumn](), reflect.TypeFor[celProduct]()),
		cel.Variable("principal", cel.ObjectType("policy.celPrincipal")),
		cel.Variable("client", cel.ObjectType("policy.celClient")),
		cel.Variable("product", cel.ObjectType("policy.celProduct")),
		cel.Variable("purpose", cel.StringType),
		cel.Variable("now", cel.TimestampType),
		cel.ParserExpressionSizeLimit(whenBytes),
		cel.ParserRecursionLimit(whenDepth),
	)
	if err != nil {
		return nil, nil, err
	}
	column, err = product.Extend(cel.Variable("column", cel.ObjectType("policy.celColumn")))
	return product, column, err
}

// when is a compiled condition in CEL. Equal texts share one.
type when struct {
	index     int
	program   cel.Program
	perColumn bool // it looks at the column
	timed     bool // it looks at the clock
}

// whens compiles conditions and keeps each text once.
type whens struct {
	product, column *cel.Env
	byText          map[string]*when
	count           int
}

func newWhens() (*whens, error) {
	product, column, err := whenEnvs()
	return &whens{product: product, column: column, byText: map[string]*when{}}, err
}

// compile returns a condition, or nil after it has reported what is wrong with it. Only rules about columns may look at one.
func (w *whens) compile(text meshfile.Text, aboutColumns bool, faults *meshfile.Faults) *when {
	env, key := w.product, "p"+text.Value
	if aboutColumns {
		env, key = w.column, "c"+text.Value
	}
	if known, ok := w.byText[key]; ok {
		return known
	}
	ast, issues := env.Compile(text.Value)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			where := ""
			if e.Location.Line() > 0 {
				where = fmt.Sprintf("at line %d, column %d of the condition: ", e.Location.Line(), e.Location.Column()+1)
			}
			faults.Add(text.At, "when: %s%s", where, firstLine(e.Message))
		}
		return nil
	}
	if !ast.OutputType().IsExactType(cel.BoolType) {
		faults.Add(text.At, "when: expected a condition that is true or false, got one of type %s", ast.OutputType())
		return nil
	}
	program, err := env.Program(ast, cel.CostLimit(whenCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		faults.Add(text.At, "when: cannot be evaluated: %s", firstLine(err.Error()))
		return nil
	}
	compiled := &when{index: w.count, program: program}
	for _, ref := range ast.NativeRep().ReferenceMap() {
		compiled.perColumn = compiled.perColumn || ref.Name == "column"
		compiled.timed = compiled.timed || ref.Name == "now"
	}
	w.count++
	w.byText[key] = compiled
	return compiled
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// condition is whom a rule is for: all parts that are given must hold.
type condition struct {
	groups, users, purposes []string
	when                    *when
}

// holds reports whether a condition holds. What cannot be evaluated (an attribute that the principal lacks, a cost above the
// limit) counts as onError: the caller passes the answer that shows less.
func (c *condition) holds(e *evaluation, column int, onError bool) bool {
	if len(c.groups) > 0 && !slices.ContainsFunc(c.groups, e.inGroup) {
		return false
	}
	if len(c.users) > 0 && !slices.Contains(c.users, e.who.User) {
		return false
	}
	if len(c.purposes) > 0 && !slices.Contains(c.purposes, e.who.Purpose) {
		return false
	}
	if c.when == nil {
		return true
	}
	switch e.ask(c.when, column) {
	case answerTrue:
		return true
	case answerFalse:
		return false
	}
	return onError
}

// answer is what a condition in CEL came to.
type answer uint8

const (
	answerNone answer = iota // not asked yet
	answerTrue
	answerFalse
	answerError
)

// evaluation is the making of one decision: who asks, when, about what, and the answers that are known already.
type evaluation struct {
	who     *Principal
	now     time.Time
	about   *resolved
	groups  map[string]struct{}
	answers []answer
	vars    map[string]any
	timed   bool // an answer depended on the clock
}

func newEvaluation(who *Principal, now time.Time, about *resolved, conditions int) *evaluation {
	e := &evaluation{
		who: who, now: now, about: about,
		answers: make([]answer, conditions), groups: make(map[string]struct{}, len(who.Groups)),
	}
	for _, g := range who.Groups {
		e.groups[g] = struct{}{}
	}
	return e
}

func (e *evaluation) inGroup(group string) bool {
	_, ok := e.groups[group]
	return ok
}

// ask evaluates a condition, once for each decision if it does not look at the column.
func (e *evaluation) ask(w *when, column int) answer {
	e.timed = e.timed || w.timed
	if !w.perColumn && e.answers[w.index] != answerNone {
		return e.answers[w.index]
	}
	if e.vars == nil {
		e.vars = e.variables()
	}
	if w.perColumn {
		e.vars["column"] = e.about.columnVars[column]
	}
	a := answerError
	if out, _, err := w.program.Eval(e.vars); err == nil {
		switch out {
		case types.True:
			a = answerTrue
		case types.False:
			a = answerFalse
		}
	}
	if !w.perColumn {
		e.answers[w.index] = a
	}
	return a
}

func (e *evaluation) variables() map[string]any {
	attrs := make(map[string]any, len(e.who.Attrs))
	for name, a := range e.who.Attrs {
		if a.List {
			attrs[name] = a.Values
		} else if len(a.Values) == 1 {
			attrs[name] = a.Values[0]
		}
	}
	return map[string]any{
		"principal": &celPrincipal{User: e.who.User, Groups: e.who.Groups, Roles: e.who.Roles, Attrs: attrs},
		"client":    &celClient{IP: e.who.Client.IP, App: e.who.Client.App},
		"product":   e.about.productVar,
		"purpose":   e.who.Purpose,
		"now":       e.now,
	}
}

// productVariable and columnVariables are what conditions see. A column has its product's tags too, as it has for selectors.
func productVariable(p *catalog.Product) *celProduct {
	return &celProduct{Domain: p.Name.Domain, Name: p.Name.Product, Status: p.Status, Owner: p.Owner, Tags: p.Tags}
}

func columnVariables(p *catalog.Product) []*celColumn {
	columns := make([]*celColumn, len(p.Columns))
	for i := range p.Columns {
		c := &p.Columns[i]
		columns[i] = &celColumn{
			Domain: p.Name.Domain, Product: p.Name.Product, Name: c.Name, Type: c.Type.String(),
			Tags: slices.Concat(c.Tags, p.Tags), Classification: c.Classification,
		}
	}
	return columns
}
