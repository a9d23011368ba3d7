package policy

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requests is how many random requests are held against the classes; once in a
// while try -requests 10000000.
var requests = flag.Int("requests", 20_000, "random requests to hold against the proof")

// The classes are the vectors of answers that brute force finds, and each text
// that stands for one has its answers, by the evaluator's own matching.
func TestAutomataAgreeWithBruteForce(t *testing.T) {
	t.Parallel()
	texts := []string{""}
	for begin := 0; len(texts[len(texts)-1]) < 6; {
		end := len(texts)
		for _, text := range texts[begin:end] {
			texts = append(texts, text+"a", text+"b", text+":")
		}
		begin = end
	}
	random := seeded(1, 2)
	for range 300 {
		var globs []glob
		for range 1 + random.IntN(3) {
			var g glob
			for range random.IntN(5) {
				g.add([]part{
					{text: "a"},
					{text: "b"},
					{text: ":"},
					{kind: anything},
					{kind: anythingButColon},
					{kind: anyCharacter},
					{kind: anyCharacterButColon},
				}[random.IntN(7)])
			}
			globs = append(globs, g)
		}
		answers := func(text string) string {
			var list strings.Builder
			for i := range globs {
				list.WriteString(map[bool]string{true: "1", false: "0"}[globs[i].matches(text, Context{})])
			}
			return list.String()
		}
		all := testsOf([]pattern{anyNumber(anyCharacters)})
		for i := range globs {
			all.add(globs[i].pattern(Context{}))
		}
		classes, err := all.classes(nil)
		require.NoError(t, err)
		found := map[string]bool{}
		for _, c := range classes {
			require.Equal(t, answers(c.text), c.answers, "%q of %v", c.text, globs)
			require.False(t, found[c.answers], "twice: %q", c.text)
			found[c.answers] = true
		}
		for _, text := range texts {
			require.True(t, found[answers(text)], "missed: %q of %v", text, globs)
		}
	}
}

// seeded gives the same numbers in each run.
func seeded(a, b uint64) *rand.Rand {
	return rand.New(rand.NewPCG(a, b)) //nolint:gosec // a test wants to be repeated
}

// dice draws documents of the whole grammar and requests that meet them.
type dice struct{ *rand.Rand }

func oneOf[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

func (d dice) some(most int, draw func() string) Values {
	var list Values
	for range 1 + d.IntN(most) {
		list = append(list, draw())
	}
	return list
}

func (d dice) action() string {
	return oneOf(d, "*", "s3:*", "s3:Get*", "s3:?etObject", "iam:Put*Pol*", "iam:GetUser", "sts:AssumeRole", "ec2:*Snap*s")
}

func (d dice) resource() string {
	const user = "arn:aws:iam::111122223333:user/"
	return oneOf(d, "*", "arn:aws:s3:::*", "arn:aws:s3:::a?c/*", user+"${aws:username}", user+"*/${aws:username}", user+"al*",
		"arn:aws:iam::*:user/*", "arn:aws:ec2:*:111122223333:*/x", "arn:aws:s3:e*t:*", "arn:aws:s3:*west*:1*3:a:b*")
}

// keyed are operators and values for one key of each type.
func (d dice) keyed() (operator, key string, values Values) {
	pick := func(list ...string) Values { return d.some(2, func() string { return oneOf(d, list...) }) }
	set := oneOf(d, "", "", "ForAllValues:", "ForAnyValue:")
	ifExists := oneOf(d, "", "IfExists")
	switch d.IntN(8) {
	case 0:
		return "Null", oneOf(d, "k:text", "k:number"), pick("true", "false")
	case 1:
		return set + oneOf(d, "StringLike", "StringNotLike", "StringEquals", "StringNotEqualsIgnoreCase") + ifExists, "k:text",
			pick("a*b", "?b", "ab", "AB", "${aws:username}", "")
	case 2:
		return oneOf(d, "NumericLessThan", "NumericNotEquals", "NumericGreaterThan") + ifExists, "k:number", pick("1", "2.5", "-3", "2")
	case 3:
		return oneOf(d, "DateLessThan", "DateGreaterThan", "DateEquals") + ifExists, "k:date", pick("2024-01-01", "2025-01-01T00:00:00Z")
	case 4:
		return oneOf(d, "IpAddress", "NotIpAddress") + ifExists, "k:address", pick("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "::/0")
	case 5:
		return oneOf(d, "ArnLike", "ArnNotEquals") + ifExists, "k:arn", pick("arn:aws:s3:::*", "arn:*:s3:*:1*:a?", "*")
	case 6:
		return oneOf(d, "Bool", "BoolIfExists"), oneOf(d, KeyMFAPresent, KeyViaAWSService), pick("true", "false")
	}
	return oneOf(d, "StringEquals", "StringNotLike"), "aws:username", pick("al*", "alice", "bob")
}

func (d dice) document() Document {
	document := Document{Version: Version20121017}
	for range 1 + d.IntN(4) {
		s := Statement{Effect: oneOf(d, Allow, Deny), Condition: Condition{}}
		*oneOf(d, &s.Action, &s.NotAction) = d.some(3, d.action)
		*oneOf(d, &s.Resource, &s.NotResource) = d.some(3, d.resource)
		for range d.IntN(3) {
			operator, key, values := d.keyed()
			if s.Condition[operator] == nil {
				s.Condition[operator] = map[string]Values{}
			}
			s.Condition[operator][key] = values
		}
		document.Statements = append(document.Statements, s)
	}
	return document
}

// member is a text in which each wildcard has become something.
func (d dice) member(text string) string {
	text = strings.ReplaceAll(text, "${aws:username}", oneOf(d, "alice", "bob"))
	var out strings.Builder
	for _, r := range text {
		switch r {
		case '*':
			out.WriteString(oneOf(d, "", "a", "x/y", "getobject", "b9"))
		case '?':
			out.WriteString(oneOf(d, "b", "g", "x"))
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func (d dice) context(context Context) Context {
	for key, values := range map[string][]string{
		"k:text": {"ab", "Ab", "axb", "xb", "alice", "x", "", "zz"}, "k:number": {"1", "2", "2.2", "2.5", "9", "-3", "-7"},
		"k:date":    {"2023-05-05", "2024-01-01", "2024-06-01T00:00:00Z", "2025-01-01T00:00:00Z", "2030-01-01"},
		"k:address": {"10.1.2.3", "10.2.0.1", "192.0.2.1", "2001:db8::5", "fe80::1"},
		"k:arn":     {"arn:aws:s3:::x", "arn:aws:s3:e:12:ab", "arn:aws:iam::1:x", "no arn"},
	} {
		if d.IntN(3) > 0 {
			n := 1
			if key == "k:text" {
				n = d.IntN(4)
			}
			list := []string{}
			for range n {
				list = append(list, oneOf(d, values...))
			}
			context = context.With(key, list...)
		}
	}
	return context
}

// checkClasses holds random requests against the classes of a random document:
// each request has its class, of which the witness answers every question alike;
// if the request is allowed the class says so; and without keys they agree.
func checkClasses(t *testing.T, d dice, n int) {
	t.Helper()
	text := d.document()
	compiled, err := Compile(text)
	require.NoError(t, err, "%s", text)
	caller := Caller{Kind: UserCaller, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}
	p := &prover{deployment: Deployment{Account: Account{"aws", "111122223333"}}, known: knownClasses{}, results: map[Guarantee]*Result{}}
	p.prepare()
	s := p.space(newSubject(caller, oneOf(d, Credentials()...)), Policies{Identity: []Attached{{"random", compiled}}}, d.IntN(2) == 0)
	known := map[string]bool{} // whether some request is allowed
	allowedTo := func(c *requestClass) func(Context) bool {
		return func(context Context) bool { return p.evaluate(c, context, s.policies).Allowed }
	}
	questions := func(action, resource string) string {
		var list strings.Builder
		for _, one := range s.statements {
			fmt.Fprint(&list, one.coversAction(action) && one.coversResource(resource, s.context), " ")
		}
		account := accountOf(resource)
		fmt.Fprint(&list, account == "" || account == caller.Account, assumesRole(action), strings.EqualFold(action, assumeRole))
		return list.String()
	}
	keyless := map[string]bool{}
	spec := specification{actions: []Values{{assumeRole}, {assumeRole + "WithSAML", assumeRole + "WithWebIdentity"}}}
	if d.IntN(2) == 0 { // all of them are told apart at once, those of another document, too
		other, err := Compile(d.document())
		require.NoError(t, err)
		spec.statements = slices.Collect(statementsOf(append([]Attached{{"other", other}}, s.policies.Identity...)))
	}
	undecided := false
	require.NoError(t, s.each(&spec, func(c requestClass, err error) {
		if err != nil {
			undecided = true
			return
		}
		_, allowed, _, err := c.find(allowedTo(&c))
		require.NoError(t, err)
		q := questions(c.action.text, c.resource.text)
		if before, ok := known[q]; ok {
			require.Equal(t, before, allowed, "%s: classes with the same questions", text)
		}
		known[q], keyless[q] = allowed, len(c.keys) == 0
	}))
	if undecided {
		return // too many values of a set
	}
	for range n {
		action, resource := d.request()
		q := questions(action, resource)
		allowed, ok := known[q]
		require.True(t, ok, "%s: no class for %s on %s", text, action, resource)
		c := requestClass{space: &s, action: class{text: action}, resource: class{text: resource}}
		context := d.context(s.context)
		switch decided := allowedTo(&c)(context); {
		case keyless[q]:
			require.Equal(t, allowed, decided, "%s: %s on %s", text, action, resource)
		case decided:
			require.True(t, allowed, "%s: missed %s on %s with %v", text, action, resource, context)
		}
	}
}

// request is an action and a resource that AWS may have.
func (d dice) request() (action, resource string) {
	for {
		action = strings.ToLower(d.member(oneOf(d, "s3:*", "iam:*", "kms:Decrypt", d.action(), d.action())))
		resource = d.member(oneOf(d, "*", d.resource(), d.resource()))
		users := identityNames("arn:aws:iam::" + accountOf(resource) + ":user/")
		isReal := !strings.HasPrefix(resource, "arn:aws:iam:") || inLanguage(users, resource)
		if isReal && inLanguage(actionNames(), action) && inLanguage(resourceNames("aws"), resource) {
			return action, resource
		}
	}
}

func inLanguage(l []pattern, text string) bool {
	t := testsOf(l)
	_, ok := t.answers(nil, t.reader().reach(text))
	return ok
}

// Whether a resource is a role is asked for sts:AssumeRole alone, whether all statements
// are told apart at once or not: of other actions there would be more to try.
func TestOnlyAssumeRoleTellsRolesApart(t *testing.T) {
	t.Parallel()
	account := Account{"aws", "111122223333"}
	compiled, err := Compile(Document{Statements: []Statement{{Effect: Allow, Action: Values{"*"}, Resource: Values{"*"}}}})
	require.NoError(t, err)
	all := []Attached{{"all", compiled}}
	caller := userCaller(IAMARN{Account: account.ID}, account.UserARN("/", "alice"))
	for _, statements := range [][]*statement{nil, slices.Collect(statementsOf(all))} {
		s := newSpace(newSubject(caller, LongTermKey), Policies{Identity: all}, false)
		s.known = knownClasses{}
		spec := specification{
			actions: []Values{{assumeRole}}, statements: statements,
			roles: [][]pattern{(&prover{deployment: Deployment{Account: account}}).anyRole()},
		}
		classes := map[bool]int{}
		require.NoError(t, s.each(&spec, func(c requestClass, err error) {
			require.NoError(t, err)
			classes[c.action.is(assumes)]++
		}))
		require.Equal(t, map[bool]int{true: 4, false: 2}, classes, "of one's own account or another's, and a role or none")
	}
}

func TestRandomRequestsFindNothingMissed(t *testing.T) {
	t.Parallel()
	const each = 100
	for seed := range *requests / each {
		checkClasses(t, dice{seeded(uint64(seed), 7)}, each)
	}
}

func FuzzClasses(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { checkClasses(t, dice{seeded(a, b)}, 50) })
}

// What is undecided by design, and is never proved.
func TestUndecided(t *testing.T) {
	t.Parallel()
	onCondition := func(condition Condition) func(*Statement) {
		return func(s *Statement) { maps.Copy(s.Condition, condition) }
	}
	sparing := func(names ...string) func(*Statement) {
		return func(s *Statement) {
			for _, name := range names {
				s.Resource, s.NotResource = nil, append(slices.Clip(s.NotResource), "arn:aws:iam::111122223333:user/"+name)
			}
		}
	}
	for want, change := range map[string]func(*Statement){
		"the policy variable ${aws:principaltag/x} may be anything": onCondition(Condition{"StringEquals": {"a:b": {"${aws:PrincipalTag/x}"}}}),
		"a:b: one key under operators of two types":                 onCondition(Condition{"StringEquals": {"a:b": {"1"}}, "NumericEquals": {"a:b": {"1"}}}),
		"a:b: a set operator that tells more than 8 values apart": onCondition(Condition{
			"ForAnyValue:StringLike": {"a:b": {"a*"}}, "ForAllValues:StringLike": {"a:b": {"*b"}},
			"ForAnyValue:StringNotLike": {"a:b": {"*c*"}}, "ForAllValues:StringNotLike": {"a:b": {"?d*"}},
		}),
		"names of users are put together with other text, and compared with others": sparing("?${aws:username}", "xalice"),
		"": sparing("*/${aws:username}", "al*", "alice"), // broken, but decided
	} {
		account := Account{"aws", "111122223333"}
		document, err := GroupPolicy{Account: account, RoleARNs: []string{account.RoleARN("/", "r")}}.Document()
		require.NoError(t, err)
		for i := range document.Statements {
			if s := &document.Statements[i]; s.Effect == Deny {
				change(s)
			}
		}
		report := Verify(Deployment{Account: account, Groups: []Group{{
			Name: "g", RoleARNs: []string{account.RoleARN("/", "r")}, Policies: []NamedDocument{{"p", document}},
		}}})
		require.Error(t, report.Err())
		var why []string
		for _, result := range report.Results {
			why = append(why, result.Why...)
			require.Equal(t, result.Broken > 0, result.Verdict == Broken, "broken comes before undecided")
			require.Equal(t, len(result.Why) > 0 && result.Broken == 0, result.Verdict == Undecided)
		}
		if want == "" {
			require.Empty(t, why)
			continue
		}
		require.Contains(t, why, want)
		if !strings.Contains(want, "names") {
			require.ErrorContains(t, report.Err(), "it is undecided whether")
			require.ErrorContains(t, report.Err(), "undecided: "+want)
		}
	}
}

// The one value that meets all conditions on a key is found.
func TestValuesBetween(t *testing.T) {
	t.Parallel()
	for name, condition := range map[string]Condition{
		"between numbers":        {"NumericGreaterThan": {"a:b": {"2"}}, "NumericLessThan": {"a:b": {"2.5"}}},
		"negative numbers":       {"NumericGreaterThan": {"a:b": {"-2.01"}}, "NumericLessThan": {"a:b": {"-2"}}},
		"below a number":         {"NumericLessThan": {"a:b": {"0"}}},
		"above a number":         {"NumericGreaterThan": {"a:b": {"0"}}},
		"between dates":          {"DateGreaterThan": {"a:b": {"2024-01-01"}}, "DateLessThan": {"a:b": {"2024-01-01T00:00:01Z"}}},
		"in a range":             {"IpAddress": {"a:b": {"203.0.113.0/24"}}},
		"between ranges":         {"IpAddress": {"a:b": {"10.0.0.0/8"}}, "NotIpAddress": {"a:b": {"10.0.0.0/9"}}},
		"another ARN":            {"ArnNotLike": {"a:b": {"arn:aws:s3:::*"}}, "Null": {"a:b": {"false"}}},
		"ARNs":                   {"ArnLike": {"a:b": {"arn:*:s3:::x*"}}, "ArnNotLike": {"a:b": {"arn:aws:s3:::*"}}},
		"the Kelvin sign":        {"StringEqualsIgnoreCase": {"a:b": {"K"}}, "StringNotEquals": {"a:b": {"k", "K"}}},
		"a set of two":           {"ForAnyValue:StringEquals": {"a:b": {"a"}}, "ForAnyValue:StringLike": {"a:b": {"b"}}},
		"a set of no empty":      {"ForAllValues:StringLike": {"a:b": {"a*", "*b"}}, "ForAnyValue:StringNotLike": {"a:b": {"a*"}}, "Null": {"a:b": {"false"}}},
		"no truth of an age":     {"Bool": {"aws:MultiFactorAuthAge": {"true"}}},
		"no number of a time":    {"NumericEquals": {"aws:CurrentTime": {"1.5"}}},
		"no truth of an address": {"Bool": {"aws:SourceIp": {"true"}}},
		"no number of a truth":   {"NumericEquals": {"aws:SecureTransport": {"1"}}},
		"a key's own values": {
			"NumericLessThan": {"aws:MultiFactorAuthAge": {"3600"}}, "NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": {"0"}},
		},
		"after IPv4 in IPv6": {"IpAddress": {"a:b": {"::/79"}}, "NotIpAddress": {"a:b": {
			"::/81", "::8000:0:0/82", "::c000:0:0/83", "::e000:0:0/84", "::f000:0:0/85", "::f800:0:0/86", "::fc00:0:0/87",
			"::fe00:0:0/88", "::ff00:0:0/89", "::ff80:0:0/90", "::ffc0:0:0/91", "::ffe0:0:0/92", "::fff0:0:0/93",
			"::fff8:0:0/94", "::fffc:0:0/95", "::fffe:0:0/96",
		}}},
	} {
		compiled, err := Compile(Document{Version: Version20121017, Statements: []Statement{{
			Effect: Allow, Action: Values{"*"}, Resource: Values{"*"}, Condition: condition,
		}}})
		require.NoError(t, err)
		caller := Caller{Kind: UserCaller, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}
		s := newSpace(newSubject(caller, SessionTokenMFA), Policies{Identity: []Attached{{"p", compiled}}}, false)
		c, err := s.request("s3:GetObject", "*")
		require.NoError(t, err)
		_, found, _, err := c.find(func(context Context) bool {
			return Evaluate(Request{Caller: caller, Action: "s3:GetObject", Resource: "*", Context: context}, s.policies).Allowed
		})
		require.NoError(t, err)
		require.Equal(t, !strings.HasPrefix(name, "no "), found, name)
	}
}
