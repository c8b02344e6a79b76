package meshfile

import (
	yaml "go.yaml.in/yaml/v4"
)

// Contract is an ODCS contract: of everything that the standard allows and Read has checked, what meshgate uses.
type Contract struct {
	At          Position
	Folder      string           // the domain's folder that the file lies in
	APIVersion  string           `key:"apiVersion"`
	ID          Text             `key:"id"`
	Name        Text             `key:"name"`
	Version     string           `key:"version"`
	Status      string           `key:"status"`
	Domain      Text             `key:"domain"`
	Description Description      `key:"description"`
	Tags        []Text           `key:"tags"`
	Servers     []Server         `key:"servers"`
	Schema      []Object         `key:"schema"`
	Support     []Support        `key:"support"`
	Team        Team             `key:"team"`
	Custom      []CustomProperty `key:"customProperties"`
}

// Description is what a contract says about its purpose.
type Description struct {
	Usage       string `key:"usage"`
	Purpose     string `key:"purpose"`
	Limitations string `key:"limitations"`
}

// Server is a place where a contract's data live.
type Server struct {
	At          Position
	Server      Text             `key:"server"`
	Type        Text             `key:"type"`
	Environment string           `key:"environment"`
	Host        Text             `key:"host"`
	Port        int              `key:"port"`
	Database    Text             `key:"database"`
	Schema      Text             `key:"schema"`
	Path        Text             `key:"path"`
	Format      Text             `key:"format"`
	Custom      []CustomProperty `key:"customProperties"`
}

// CustomProperty is an addition to the standard. Value is a text, float64, bool, nil, []any or map[string]any.
type CustomProperty struct {
	At       Position
	Property string `key:"property"`
	Value    any    `key:"value"`
}

// CustomText returns the text value of a custom property, with its place.
func CustomText(properties []CustomProperty, name string) (Text, bool) {
	for _, p := range properties {
		if text, ok := p.Value.(string); ok && p.Property == name {
			return Text{Value: text, At: p.At}, true
		}
	}
	return Text{}, false
}

// Object is a table or view of a contract.
type Object struct {
	At            Position
	ID            string           `key:"id"`
	Name          Text             `key:"name"`
	PhysicalName  Text             `key:"physicalName"`
	PhysicalType  string           `key:"physicalType"`
	Description   string           `key:"description"`
	BusinessName  string           `key:"businessName"`
	Tags          []Text           `key:"tags"`
	Properties    []Property       `key:"properties"`
	Relationships []Relationship   `key:"relationships"`
	Custom        []CustomProperty `key:"customProperties"`
}

// Property is a column, or a field of one that nests. Examples are not kept: they may be values that a reader must not see.
type Property struct {
	At                  Position
	ID                  string           `key:"id"`
	Name                Text             `key:"name"`
	BusinessName        string           `key:"businessName"`
	Description         string           `key:"description"`
	PhysicalName        Text             `key:"physicalName"`
	PhysicalType        Text             `key:"physicalType"`
	LogicalType         Text             `key:"logicalType"`
	Options             LogicalOptions   `key:"logicalTypeOptions"`
	Required            bool             `key:"required"`
	Unique              bool             `key:"unique"`
	PrimaryKey          bool             `key:"primaryKey"`
	PrimaryKeyPosition  int              `key:"primaryKeyPosition"`
	Classification      Text             `key:"classification"`
	CriticalDataElement bool             `key:"criticalDataElement"`
	Tags                []Text           `key:"tags"`
	Relationships       []Relationship   `key:"relationships"`
	Items               *Property        `key:"items"`
	Properties          []Property       `key:"properties"`
	Custom              []CustomProperty `key:"customProperties"`
}

// LogicalOptions are those options of a logical type that decide which type a column has.
type LogicalOptions struct {
	At       Position
	Format   string `key:"format"`
	Timezone bool   `key:"timezone"`
}

func (o *LogicalOptions) decodeNode(d *decoder, n *yaml.Node, _ string) {
	o.At = d.at(n)
	// A boolean's options may be anything at all, so they are looked at and not insisted on.
	if format := child(n, "format"); isText(format) {
		o.Format = format.Value
	}
	if zone := child(n, "timezone"); zone != nil && scalarTag(zone) == "!!bool" {
		o.Timezone, _ = plainValue(zone).(bool)
	}
}

// Relationship says that columns refer to columns of another product.
type Relationship struct {
	At   Position
	From References `key:"from"`
	To   References `key:"to"`
}

// References are one reference or a list of them, such as table.column or /schema/id/properties/id.
type References struct {
	Refs []Text
	List bool
}

func (r *References) decodeNode(d *decoder, n *yaml.Node, name string) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		r.List, items = true, n.Content
	}
	for _, item := range items {
		var t Text
		t.decodeNode(d, item, name)
		r.Refs = append(r.Refs, t)
	}
}

// Support is a channel where people ask.
type Support struct {
	Channel string `key:"channel"`
	URL     string `key:"url"`
}

// Team answers for a contract.
type Team struct {
	At      Position
	Name    string
	Members []Member
}

// Member is one of a team.
type Member struct {
	Username string `key:"username"`
	Name     string `key:"name"`
	Role     string `key:"role"`
}

func (t *Team) decodeNode(d *decoder, n *yaml.Node, name string) {
	t.At = d.at(n)
	members := n
	if n.Kind == yaml.MappingNode {
		if own := child(n, "name"); own != nil {
			t.Name = own.Value
		}
		if members = child(n, "members"); members == nil {
			return
		}
	}
	d.decode(members, &t.Members, name)
}
