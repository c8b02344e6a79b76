package meshfile

// APIVersion is what files of meshgate's own kinds begin with.
const APIVersion = "meshgate/v1"

// Header is what every document of meshgate's own kinds begins with.
type Header struct {
	APIVersion Text `key:"apiVersion,required,oneof=meshgate/v1"`
	Kind       Text `key:"kind,required,oneof=Taxonomy|PolicySet|AccessGrant|PolicyTest"`
}

// Taxonomy is the federation's vocabulary: governance/taxonomy.yaml.
type Taxonomy struct {
	At              Position
	APIVersion      Text                 `key:"apiVersion,required"`
	Kind            Text                 `key:"kind,required"`
	Classifications []Text               `key:"classifications,nonempty"` // from open to closed
	Unclassified    Text                 `key:"unclassified"`
	OpenBelow       Text                 `key:"openBelow"`
	Tags            map[string]TagInfo   `key:"tags"`
	MustTag         []MustTag            `key:"mustTag"`
	Purposes        map[string]Purpose   `key:"purposes"`
	Keys            map[string]KeySource `key:"keys"`
	Declassify      []Declassification   `key:"declassify"`
}

// Declassification is the federation's word that a column of a derived product no longer is what the columns are that it comes from.
type Declassification struct {
	At             Position
	Column         Text   `key:"column,required"` // domain.product.column
	Classification Text   `key:"classification"`  // instead of the one that is inherited; empty = that one
	Tags           []Text `key:"tags"`            // that are not inherited
	Reason         Text   `key:"reason,required"`
}

// TagInfo is a tag that the federation knows. A governed one may be removed from a contract only by the federation.
type TagInfo struct {
	At          Position
	Governed    bool   `key:"governed"`
	Description string `key:"description"`
}

// MustTag demands a tag of columns whose names look as if they needed one.
type MustTag struct {
	At          Position
	NamePattern Text   `key:"namePattern,required"`
	AnyOf       []Text `key:"anyOf,required,nonempty"`
}

// Purpose is a reason for which people may ask.
type Purpose struct {
	At          Position
	LegalBasis  string `key:"legalBasis"`
	Description string `key:"description"`
}

// KeySource says where a key for keyed hashes comes from.
type KeySource struct {
	At  Position
	Ref SecretRef `key:"ref,required"`
}

// PolicySet is a list of rules of one owner.
type PolicySet struct {
	At         Position
	APIVersion Text     `key:"apiVersion,required"`
	Kind       Text     `key:"kind,required"`
	Metadata   Metadata `key:"metadata,required"`
	Rules      []Rule   `key:"rules,required"`
}

// Metadata names a policy set and its owner.
type Metadata struct {
	At     Position
	Name   Text `key:"name,required"`
	Tier   Text `key:"tier,required,oneof=global|domain"`
	Domain Text `key:"domain"`
	Owner  Text `key:"owner"`
}

// Rule is one rule of a policy set.
type Rule struct {
	At                Position
	ID                Text        `key:"id,required"`
	Match             Match       `key:"match,required"`
	Effect            Text        `key:"effect,required,oneof=grant|deny|mask|row_filter|aggregate_only"`
	To                *Condition  `key:"to"`
	Unless            *Condition  `key:"unless"`
	Purposes          []Text      `key:"purposes,nonempty"`
	Mask              *Mask       `key:"mask"`
	Filter            Text        `key:"filter"`
	Aggregate         *Aggregate  `key:"aggregate"`
	DelegateExemption *Delegation `key:"delegateExemption"`
	Reason            Text        `key:"reason"`
	Contact           Text        `key:"contact"`
}

// Match selects columns or products. All keys that are given must hold; of a key's list, one entry.
type Match struct {
	At             Position
	Tags           []Text               `key:"tags,nonempty"`
	Classification *ClassificationRange `key:"classification"`
	Domains        []Text               `key:"domains,nonempty"`
	Products       []Text               `key:"products,nonempty"`
	Columns        []Text               `key:"columns,nonempty"`
}

// ClassificationRange selects by the taxonomy's order of classifications.
type ClassificationRange struct {
	At      Position
	AtLeast Text `key:"atLeast"`
	AtMost  Text `key:"atMost"`
	Is      Text `key:"is"`
}

// Condition says whom a rule is for. All keys that are given must hold; of a key's list, one entry.
type Condition struct {
	At       Position
	Groups   []Text `key:"groups,nonempty"`
	Users    []Text `key:"users,nonempty"`
	Purposes []Text `key:"purposes,nonempty"`
	When     Text   `key:"when"` // CEL
}

// Mask is what replaces a column's values. Which keys it takes depends on Fn.
type Mask struct {
	At        Position
	Fn        Text    `key:"fn,required,nullword,oneof=null|constant|hash|bucket|date_trunc|partial|sql"`
	Value     *Scalar `key:"value"`
	Key       *Text   `key:"key"`
	Width     *Scalar `key:"width"`
	Unit      *Text   `key:"unit"`
	KeepStart *int    `key:"keepStart,min=0,max=1000"`
	KeepEnd   *int    `key:"keepEnd,min=0,max=1000"`
	Fill      *Text   `key:"fill"`
	Expr      *Text   `key:"expr"`
	MaskNulls *bool   `key:"maskNulls"`
}

// Aggregate is how a column may be used that shows only in aggregates.
type Aggregate struct {
	At                Position
	MinEntities       int     `key:"minEntities,required,min=2,max=1000000"`
	Functions         []Text  `key:"functions,required,nonempty,oneof=count|sum|avg"`
	DirectColumnsOnly *bool   `key:"directColumnsOnly"`
	SmallGroups       Text    `key:"smallGroups,oneof=suppress|remainder"`
	MaxShare          *Share  `key:"maxShare"`
	Budget            *Budget `key:"budget"`
}

// Share is a part of a whole, above 0 and at most 1.
type Share float64

// Budget bounds how many queries a principal may ask in a time.
type Budget struct {
	At      Position
	Queries int      `key:"queries,required,min=1,max=1000000000"`
	Per     Duration `key:"per,required"`
}

// Delegation lets others exempt somebody from a rule for a time.
type Delegation struct {
	At          Position
	To          Text     `key:"to,required,oneof=domain-owner"`
	MaxDuration Duration `key:"maxDuration,required"`
	Require     []Text   `key:"require,nonempty,oneof=purpose|ticket|approvedBy"`
}

// AccessGrant is a time-bounded exemption from rules that delegate it.
type AccessGrant struct {
	At         Position
	APIVersion Text           `key:"apiVersion,required"`
	Kind       Text           `key:"kind,required"`
	Metadata   GrantMetadata  `key:"metadata,required"`
	Principal  GrantPrincipal `key:"principal,required"`
	Product    Text           `key:"product,required"`
	Columns    []Text         `key:"columns,nonempty"`
	Relaxes    []Text         `key:"relaxes,required,nonempty"`
	Purpose    Text           `key:"purpose"`
	Ticket     Text           `key:"ticket"`
	ApprovedBy Text           `key:"approvedBy,required"`
	NotBefore  Time           `key:"notBefore,required"`
	Expires    Time           `key:"expires,required"`
}

// GrantMetadata names an access grant.
type GrantMetadata struct {
	At     Position
	ID     Text `key:"id,required"`
	Domain Text `key:"domain,required"`
}

// GrantPrincipal is whom an access grant is for.
type GrantPrincipal struct {
	At   Position
	User Text `key:"user,required"`
}

// PolicyTest is a list of expectations about decisions and plans.
type PolicyTest struct {
	At         Position
	APIVersion Text       `key:"apiVersion,required"`
	Kind       Text       `key:"kind,required"`
	Cases      []TestCase `key:"cases,required,nonempty"`
}

// TestCase is one expectation.
type TestCase struct {
	At        Position
	Name      Text          `key:"name,required"`
	Principal TestPrincipal `key:"principal,required"`
	Purpose   Text          `key:"purpose"`
	When      Time          `key:"at"`
	Query     Text          `key:"query,required"`
	Expect    Expect        `key:"expect,required"`
}

// TestPrincipal is who asks in a test case; nothing is taken from users.yaml.
type TestPrincipal struct {
	At     Position
	User   Text            `key:"user,required"`
	Groups []Text          `key:"groups"`
	Roles  []Text          `key:"roles"`
	Attrs  map[string]Attr `key:"attrs"`
}

// Expect is what a test case expects. What is not named is not looked at.
type Expect struct {
	At         Position
	Columns    map[string]ExpectColumn `key:"columns"` // by domain.product.column
	RowFilters []Text                  `key:"rowFilters"`
	Pushed     *ExpectPushed           `key:"pushed"`
	Error      Text                    `key:"error"`           // a SQLSTATE
	Denied     []Text                  `key:"denied,nonempty"` // products and columns that may not be seen
}

// ExpectColumn is what a test case expects of a column.
type ExpectColumn struct {
	At     Position
	Effect Text   `key:"effect,required,oneof=allow|mask|aggregate_only|deny"`
	Fn     Text   `key:"fn,nullword,oneof=null|constant|hash|bucket|date_trunc|partial|sql"`
	By     []Text `key:"by"`
}

// ExpectPushed is what a test case expects of the statements that go to the stores.
type ExpectPushed struct {
	At              Position
	MustNotFilterOn []Text `key:"mustNotFilterOn,required,nonempty"`
}
