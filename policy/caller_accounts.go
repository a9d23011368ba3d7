package policy

import "slices"

// accountNumbers are twelve digits.
type accountNumbers struct{}

func (accountNumbers) step(state int, r rune) int {
	if state < accountDigits && isDigits(string(r)) {
		return state + 1
	}
	return -1
}

func (accountNumbers) accepts(state int) bool { return state == accountDigits }
func (accountNumbers) marks(int) bool         { return false }
func (accountNumbers) kinds(int) []string     { return []string{digits} }

// accountsToldApart are accounts that stand for all: the own one, those that
// the policy names, and one for each way in which what its conditions say of the
// caller's account and ARN can turn out.
func (p *prover) accountsToldApart(trust *Compiled) ([]string, error) {
	own := p.deployment.Account
	familiar := []string{own.ID, otherThan(own.ID)}
	var t tests
	t.add(literalPattern(own.ID))
	for i := range trust.statements {
		one := &trust.statements[i]
		if one.principals != nil {
			for _, account := range one.principals.accounts {
				t.add(literalPattern(account.id))
				familiar = append(familiar, account.id)
			}
		}
		for j := range one.conditions {
			t.addAccounts(&one.conditions[j], own)
		}
	}
	classes, err := p.known.of(&t, accountNumbers{}, familiar)
	var ids []string
	for _, c := range classes {
		ids = append(ids, c.text)
	}
	return ids, err
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
					t.add(rest.untilColon()...)
				}
			}
		}
	}
}

// after are the patterns of what may follow the text.
func (p pattern) after(text string) []pattern {
	var t tests
	t.add(p)
	set := t.first()
	for _, r := range text {
		set = t.next(nil, set, r)
	}
	var rest []pattern
	for _, at := range set {
		rest = append(rest, pattern(t.places[at:len(t.places)-1]))
	}
	return rest
}

// untilColon are the beginnings of the pattern that a text before a colon may be
// all that is read by.
func (p pattern) untilColon() []pattern {
	var list []pattern
	for i, place := range p {
		switch {
		case place.kind == anyNumber:
			list = append(list, slices.Clip(p[:i+1]))
		case place.kind == oneCharacter && place.character == ':', place.kind == anyOne:
			list = append(list, slices.Clip(p[:i]))
		}
	}
	return list
}
