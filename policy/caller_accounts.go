package policy

import "slices"

// accountsToldApart are accounts that stand for all: the own one, those that
// the policy names, and one for each way in which what its conditions say of the
// caller's account and ARN can turn out.
func (p *prover) accountsToldApart(trust Attached) ([]string, error) {
	own := p.deployment.Account
	familiar := []string{own.ID, otherThan(own.ID)}
	t := testsOf([]pattern{slices.Repeat(one(digit), accountDigits)})
	t.add(literalPattern(own.ID))
	for one := range statementsOf([]Attached{trust}) {
		if one.principals != nil {
			for _, account := range one.principals.accounts {
				t.add(literalPattern(account.id))
				familiar = append(familiar, account.id)
			}
		}
		for i := range one.conditions {
			t.addAccounts(&one.conditions[i], own)
		}
	}
	return textsOf(t.classes(familiar))
}

// addAccounts adds what the condition says of the caller's account.
func (t *tests) addAccounts(c *condition, own Account) {
	for _, m := range c.values {
		p, ok := patternOf(m, Context{})
		switch {
		case !ok:
		case c.key == "aws:principalaccount":
			t.add(p)
		case c.key == "aws:principalarn":
			for _, service := range []string{"iam", "sts"} {
				for _, rest := range p.after("arn:" + own.Partition + ":" + service + "::") {
					t.add(rest.until(':', colon)...)
				}
			}
		}
	}
}

// after are the patterns of what may follow the text.
func (p pattern) after(text string) []pattern {
	t := languageOf([]pattern{p}, nil)
	var rest []pattern
	for _, at := range t.reader().reach(text) {
		rest = append(rest, pattern(t.places[at:len(p)]))
	}
	return rest
}

// until are the beginnings of the pattern that a text before that character may be all
// that is read by.
func (p pattern) until(r rune, kind characters) []pattern {
	var list []pattern
	for i, place := range p {
		switch {
		case !place.reads(r, kind):
		case place.repeats:
			list = append(list, slices.Clip(p[:i+1]))
		default:
			list = append(list, slices.Clip(p[:i]))
		}
	}
	return list
}
