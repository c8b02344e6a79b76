package gateway

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"meshgate/planner"
	"meshgate/sqlerr"
)

// budgetSuffix is what the file of spent budgets adds to the audit log's name.
const budgetSuffix = ".budgets"

// budgets counts the queries that principals ask of protected columns. They are written down, so that a restart gives nobody a new
// budget; a line that a crash cut short is one query less.
type budgets struct {
	mu    sync.Mutex
	file  *os.File
	spent map[budgetKey][]time.Time // in the order of time
}

type budgetKey struct{ User, Product string }

type budgetLine struct {
	User    string    `json:"user"`
	Product string    `json:"product"`
	At      time.Time `json:"at"`
}

// mostBudgetAge is how long a query is remembered at most: no budget is for a longer time.
const mostBudgetAge = 366 * 24 * time.Hour

// openBudgets reads what was spent and writes it anew without what is too old to count.
func openBudgets(path string, now time.Time) (*budgets, error) {
	b := &budgets{spent: map[budgetKey][]time.Time{}}
	old, err := os.Open(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var kept []budgetLine
	if err == nil {
		lines := bufio.NewScanner(old)
		for lines.Scan() {
			var l budgetLine
			if json.Unmarshal(lines.Bytes(), &l) == nil && now.Sub(l.At) < mostBudgetAge {
				kept = append(kept, l)
				key := budgetKey{l.User, l.Product}
				b.spent[key] = append(b.spent[key], l.At)
			}
		}
		if err := errors.Join(lines.Err(), old.Close()); err != nil {
			return nil, err
		}
	}
	fresh := path + ".new"
	if b.file, err = os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	for _, l := range kept {
		if err := b.write(l); err != nil {
			return nil, errors.Join(err, b.file.Close())
		}
	}
	return b, errors.Join(b.file.Sync(), os.Rename(fresh, path))
}

func (b *budgets) write(l budgetLine) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = b.file.Write(append(text, '\n'))
	return err
}

// take spends one query of each budget that a plan needs, or refuses and spends none.
func (b *budgets) take(user string, protected []planner.Protected, now time.Time) error {
	if len(protected) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range protected {
		spent := b.spent[budgetKey{user, p.Product.Name.String()}]
		for _, budget := range p.Budgets {
			first := 0 // of those within the time; a clock that jumped back leaves later ones, which count
			for first < len(spent) && now.Sub(spent[first]) >= budget.Per {
				first++
			}
			if len(spent)-first >= budget.Queries {
				return sqlerr.Newf(sqlerr.ConfigurationLimitExceeded, "the budget of %d queries per %s of the statistics of %s is spent",
					budget.Queries, budget.Per, p.Product.Name).WithHint("The next one can be asked at %s.",
					spent[len(spent)-budget.Queries].Add(budget.Per).UTC().Format(time.RFC3339))
			}
		}
	}
	for _, p := range protected {
		if len(p.Budgets) == 0 {
			continue
		}
		l := budgetLine{User: user, Product: p.Product.Name.String(), At: now}
		if err := b.write(l); err != nil {
			return sqlerr.Wrap(err, sqlerr.IOError, "the budget of statistics cannot be written, so the query is refused")
		}
		key := budgetKey{l.User, l.Product}
		b.spent[key] = append(b.spent[key], now)
	}
	return nil
}

func (b *budgets) close() error {
	if b == nil || b.file == nil {
		return nil
	}
	return b.file.Close()
}

// openBudgets opens the file of spent budgets beside the audit log.
func (g *Gateway) openBudgets(auditPath string) error {
	path := auditPath
	if !filepath.IsAbs(path) {
		path = filepath.Join(g.options.Dir, path)
	}
	var err error
	g.budgets, err = openBudgets(path+budgetSuffix, g.now())
	return err
}
