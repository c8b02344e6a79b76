package demo

// User is somebody who can connect to the demo.
type User struct {
	Name     string
	Password string
	Purpose  string // one that the user may state; empty = none
	About    string // in a sentence, for people
}

// Users returns the demo's users, in the order of users.yaml.
func Users() []User {
	return []User{
		{"gwen", "gwen-demo", "campaign-planning", "growth marketing for Germany, Austria and Switzerland: pseudonyms, her countries"},
		{"felix", "felix-demo", "campaign-planning", "leads growth marketing for France, Belgium and the Netherlands"},
		{"ada", "ada-demo", "data-stewardship", "data steward: all countries, and what is behind the masks once she states her purpose"},
		{"sam", "sam-demo", "customer-service", "customer service: names and addresses of people who ask for help"},
		{"petra", "petra-demo", "partner-management", "partner management and purchasing: terms of brands, cost prices"},
		{"frank", "frank-demo", "fraud-detection", "payments: accounts and devices, to find fraud"},
		{"bi", "bi-demo", "reporting", "the reporting tool: articles and what sold, no persons"},
	}
}

// Ask is one person who asks the tour's question.
type Ask struct {
	User    string
	Purpose string // stated before asking; empty = none
	Sees    string // what to look at in the answer
}

// Tour is one question, asked by people with different rights.
type Tour struct {
	Title string
	About string
	SQL   string
	Asks  []Ask
}

// TheTour returns the tour. Its question joins products of five domains, from four DuckDB files and Parquet; promotions and customers
// meet in the e-mail address, under the mask as well as without it.
func TheTour() Tour {
	return Tour{
		Title: "Who buys the most of which brand this year, and how often did we write to them?",
		About: "Orders, articles, brands, customers and mailings belong to five domains and lie in five stores.",
		SQL: `WITH bought AS (
  SELECT o.customer_id, a.brand_id, count(*) AS articles, sum(l.amount) AS revenue
  FROM orders.orders o
  JOIN orders.lines l ON l.order_id = o.order_id
  JOIN catalogue.articles a ON a.article_id = l.article_id
  WHERE o.status <> 'cancelled' AND o.ordered_at >= '2026-01-01 00:00:00+00'
  GROUP BY o.customer_id, a.brand_id
), mailed AS (
  SELECT m.email, count(*) AS mails
  FROM promotions.mailings m
  WHERE m.sent_at >= '2026-01-01 00:00:00+00'
  GROUP BY m.email
)
SELECT b.name AS brand, p.country, p.segment, p.email, bought.articles, bought.revenue, mailed.mails
FROM bought
JOIN brands.brands b ON b.brand_id = bought.brand_id
JOIN customers.profiles p ON p.customer_id = bought.customer_id
LEFT JOIN mailed ON mailed.email = p.email
ORDER BY bought.revenue DESC, brand, p.customer_id
LIMIT 8`,
		Asks: []Ask{
			{User: "gwen", Sees: "rows of three countries; e-mail addresses are pseudonyms that still join with the mailings"},
			{User: "ada", Purpose: "data-stewardship", Sees: "rows of all countries, and the addresses themselves"},
			{User: "bi", Sees: "a refusal that says what is missing and whom to ask"},
		},
	}
}
