package policy_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// FuzzEvaluate: whatever compiles can be evaluated, and a deny of everything
// denies, whoever asks and wherever it stands.
func FuzzEvaluate(f *testing.F) {
	f.Add(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, "iam:GetUser", bobARN, "aws:username=bob", byte(0))
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"NotAction":"a:b",
		"Condition":{"ForAllValues:StringLikeIfExists":{"a:b":"${a:c, 'x'}*"}}}}`, "sts:AssumeRole", opsRole, "a:b=x|y; a:c=x", byte(3))
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:?*?","NotResource":"arn:aws:s3:a*:*b*c:?*",
		"Condition":{"NumericLessThan":{"a:b":"1.5"},"DateEquals":{"a:c":"2020"},"IpAddress":{"a:d":"::/0"}}}}`, "s3:xy", "arn:::::", "a:b=-1; a:c; a:d=::", byte(5))
	f.Fuzz(func(t *testing.T, text, action, resource, ctx string, who byte) {
		document, err := policy.Parse(text)
		if err != nil {
			return
		}
		c, err := policy.Compile(document)
		if err != nil {
			require.ErrorIs(t, err, policy.ErrSyntax)
			return
		}
		kinds := []policy.Caller{
			bob(), otherBob(), devRole(), federatedBob(), rootUser(account), ec2Service(), samlProvider(), {},
		}
		r := policy.Request{
			Caller: kinds[int(who)%len(kinds)], Action: action, Resource: resource, Context: contextOf(ctx),
		}
		one := &policy.Attached{Name: "fuzz", Policy: c}
		for _, policies := range []policy.Policies{
			{Identity: []policy.Attached{*one}},
			{Identity: attached(t, "identity", allowAll), Boundary: one},
			{Identity: attached(t, "identity", allowAll), Session: []policy.Attached{*one}},
			{Resource: one, ResourceAccount: account},
			{Identity: attached(t, "identity", allowAll), Trust: one},
		} {
			requireConsistent(t, policy.Evaluate(r, policies))
			policies.Identity = append(policies.Identity, attached(t, "deny", denyAll)...)
			require.Equal(t, policy.ExplicitDeny, policy.Evaluate(r, policies).Outcome)
		}
	})
}

// globMatches is the slow and plain reference: it tries every length for every
// star. What may cross is asked for each character a wildcard takes.
func globMatches(pattern []rune, subject []rune, mayTake func(at int, taken rune) bool, at int) bool {
	switch {
	case len(pattern) == 0:
		return len(subject) == 0
	case pattern[0] == '*':
		if globMatches(pattern[1:], subject, mayTake, at+1) {
			return true
		}
		return len(subject) > 0 && mayTake(at, subject[0]) && globMatches(pattern, subject[1:], mayTake, at)
	case len(subject) == 0:
		return false
	case pattern[0] == '?':
		return mayTake(at, subject[0]) && globMatches(pattern[1:], subject[1:], mayTake, at+1)
	}
	return pattern[0] == subject[0] && globMatches(pattern[1:], subject[1:], mayTake, at+1)
}

// FuzzMatch: wildcards in a StringLike, in a Resource and in an Action agree
// with the reference.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*b?c", "aXbYc"},
		{"*a*b*", "xaxbx"},
		{"a*:b*c", "a:x:bc"},
		{"*??", "€"},
		{"a*b*:*c:x", "a1b2:3:c:x"},
		{"**?*", "é"},
		{"*a:*b", "a:xa:b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, subject string) {
		if !isFeasible(pattern) || !isFeasible(subject) {
			return
		}
		always := func(int, rune) bool { return true }
		ctx := policy.Context{}.With("a:b", subject)
		requireApplies(t, globMatches([]rune(pattern), []rune(subject), always, 0), policy.Statement{
			Action: policy.Values{"*"}, Resource: policy.Values{"*"},
			Condition: policy.Condition{"StringLike": {"a:b": {pattern}}},
		}, policy.Request{Action: "s3:GetObject", Resource: "*", Context: ctx})

		if isActionName(pattern) && isActionName(subject) {
			want := globMatches([]rune(strings.ToLower(pattern)), []rune(strings.ToLower(subject)), always, 0)
			requireApplies(t, want, policy.Statement{
				Action: policy.Values{"s3:" + pattern}, Resource: policy.Values{"*"},
			}, policy.Request{Action: "S3:" + subject, Resource: "*"})
		}
		arn := []rune("arn:aws:s3:" + pattern)
		if strings.Count(pattern, ":") < 2 && !strings.HasSuffix(pattern, "*") {
			return
		}
		requireApplies(t, globMatches(arn, []rune("arn:aws:s3:"+subject), func(at int, taken rune) bool {
			lastSegment := strings.Count(string(arn[:at]), ":") >= 5
			endsSegment := arn[at] == '*' && (at+1 == len(arn) || arn[at+1] == ':')
			return taken != ':' || lastSegment || endsSegment
		}, 0), policy.Statement{
			Action: policy.Values{"*"}, Resource: policy.Values{string(arn)},
		}, policy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:" + subject})
	})
}

// isFeasible keeps the reference from taking for ever, and out of variables.
func isFeasible(text string) bool {
	return utf8.ValidString(text) && len(text) <= 24 && strings.Count(text, "*") <= 5 && !strings.Contains(text, "$")
}

func isActionName(text string) bool {
	return text != "" && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789*?") == ""
}

func requireApplies(t *testing.T, want bool, s policy.Statement, r policy.Request) {
	t.Helper()
	s.Effect, r.Caller = policy.Allow, bob()
	c, err := policy.Compile(policy.Document{Version: policy.Version20121017, Statements: []policy.Statement{s}})
	require.NoError(t, err)
	require.Equal(t, want, decide(c, r).Allowed, "%v on %v", s, r)
}

// FuzzCondition: an operator and its negation never both match; what IfExists
// adds is the absent key alone; values and their order are an OR.
func FuzzCondition(f *testing.F) {
	f.Add(byte(0), "a:b", "x", "y", "x", true)
	f.Add(byte(3), "aws:SourceIp", "192.0.2.0/24", "::1", "192.0.2.9", true)
	f.Add(byte(4), "aws:PrincipalArn", "arn:aws:iam::*:user/x", "*", "arn:aws:iam::1:user/x", true)
	f.Add(byte(5), "a:b", "1", "-2.50", "1.0", true)
	f.Add(byte(6), "a:b", "2020", "1577836800", "2020-01-01", false)
	f.Fuzz(func(t *testing.T, which byte, key, first, second, value string, present bool) {
		pairs := [][2]string{
			{"StringEquals", "StringNotEquals"},
			{"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
			{"StringLike", "StringNotLike"},
			{"IpAddress", "NotIpAddress"},
			{"ArnLike", "ArnNotLike"},
			{"NumericEquals", "NumericNotEquals"},
			{"DateEquals", "DateNotEquals"},
			{"NumericLessThan", "NumericGreaterThanEquals"},
			{"DateLessThan", "DateGreaterThanEquals"},
		}
		pair := pairs[int(which)%len(pairs)]
		r := policy.Request{Caller: bob(), Action: "s3:GetObject", Resource: "*"}
		if present {
			r.Context = r.Context.With(key, value)
		}
		decided := func(effect policy.Effect, operator string, values ...string) (policy.Decision, bool) {
			c, err := policy.Compile(policy.Document{Version: policy.Version20121017, Statements: []policy.Statement{{
				Effect: effect, Action: policy.Values{"*"}, Resource: policy.Values{"*"},
				Condition: policy.Condition{operator: {key: values}},
			}}})
			if err != nil {
				require.ErrorIs(t, err, policy.ErrSyntax)
				return policy.Decision{}, false
			}
			return decide(c, r), true
		}
		both, ok := decided(policy.Allow, pair[0], first, second)
		if !ok {
			return
		}
		turned, _ := decided(policy.Allow, pair[0], second, first)
		require.Equal(t, both, turned)
		one, _ := decided(policy.Allow, pair[0], first)
		other, _ := decided(policy.Allow, pair[0], second)
		require.Equal(t, both.Allowed, one.Allowed || other.Allowed)

		negated, _ := decided(policy.Allow, pair[1], first)
		if present {
			require.False(t, one.Allowed && negated.Allowed)
		}
		ifExists, _ := decided(policy.Allow, pair[0]+"IfExists", first)
		require.Equal(t, one.Allowed || !present, ifExists.Allowed)

		denied, _ := decided(policy.Deny, pair[0], first)
		if one.Allowed {
			require.Equal(t, policy.ExplicitDeny, denied.Outcome, "a deny applies wherever an allow does")
		}
	})
}
