package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	version2012  = `"Version":"2012-10-17",`
	allowAll     = `{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}`
	allowNothing = `{"Sid":"Nothing","Effect":"Allow","Action":"none:None","Resource":"*"}`
)

// ruleTable reads the cases of a file. A heading is a page and the rule that it
// has; a line that begins as an element does, after the version of the document if
// it is another than 2012-10-17, has the elements of the cases below it; each case
// is what the evaluator makes of them, and of what.
func ruleTable(t *testing.T, file string, check func(t *testing.T, version, elements, want, of string)) []ruleGroup {
	t.Helper()
	versions := map[string]string{"": version2012, "2008-10-17": `"Version":"2008-10-17",`, "no Version": ""}
	var groups []ruleGroup
	for _, section := range sections(t, file) {
		page, rule, _ := strings.Cut(section.heading, ": ")
		group := ruleGroup{page: page, rule: rule}
		var version, elements string
		for _, line := range section.lines {
			if name, rest, ok := strings.Cut(line, `"`); ok && !strings.Contains(name, ":") {
				version, ok = versions[strings.TrimSpace(name)]
				require.True(t, ok, line)
				elements = `"` + rest
				continue
			}
			want, of, ok := strings.Cut(line, ": ")
			require.True(t, ok, line)
			version, elements := version, elements
			group.cases = append(group.cases, ruleCase{version + elements + " " + of, func(t *testing.T) {
				t.Helper()
				check(t, version, elements, want, of)
			}})
		}
		groups = append(groups, group)
	}
	return groups
}

// tableGroups are the rules that one statement shows.
func tableGroups(t *testing.T) []ruleGroup {
	t.Helper()
	groups := ruleTable(t, "evaluate-actions.txt", func(t *testing.T, version, elements, want, action string) {
		t.Helper()
		requireVerdict(t, want, version, elements+`,"Resource":"*"`, policy.Request{Action: action, Resource: "*"})
	})
	groups = append(groups, ruleTable(t, "evaluate-resources.txt", func(t *testing.T, version, elements, want, of string) {
		t.Helper()
		resource, context, _ := strings.Cut(of, "; ")
		requireVerdict(t, want, version, `"Action":"*",`+elements,
			policy.Request{Action: "s3:GetObject", Resource: resource, Context: contextOf(context)})
	})...)
	groups = append(groups, ruleTable(t, "evaluate-conditions.txt", func(t *testing.T, version, elements, want, of string) {
		t.Helper()
		requireVerdict(t, want, version, `"Action":"*","Resource":"*","Condition":{`+elements+`}`,
			policy.Request{Action: "s3:GetObject", Resource: "*", Context: contextOf(of)})
	})...)
	return append(groups, ruleTable(t, "evaluate-principals.txt", func(t *testing.T, _, element, want, of string) {
		t.Helper()
		requirePrincipal(t, want, element, of)
	})...)
}

// requireVerdict requires what a statement makes of a request: it applies, it does
// not, or it cannot be judged, which allows nothing and denies.
func requireVerdict(t *testing.T, want, version, elements string, r policy.Request) {
	t.Helper()
	allow, deny := applies(t, version, elements, r)
	got := "no match"
	switch {
	case allow && deny:
		got = "match"
	case deny:
		got = "unjudged"
	case allow:
		got = "allows what it does not deny"
	}
	require.Equal(t, want, got)
}

// requirePrincipal requires how an Allow with the element names a caller, told from
// what limits it in the caller's own account, and whether a Deny with it denies.
func requirePrincipal(t *testing.T, want, element, name string) {
	t.Helper()
	caller, ok := callers()[name]
	require.True(t, ok)
	d := policy.Evaluate(request(caller, "s3:GetObject", bucketARN), policy.Policies{
		Identity: attached(t, "identity", allowAll), ResourceAccount: caller.Account,
		Resource: oneAttached(t, "bucket", `{"Effect":"Deny",`+element+`,"Action":"*","Resource":"*"}`),
	})
	got := howNamed(t, element, caller) + ", not denied"
	if d.Outcome == policy.ExplicitDeny {
		got = strings.Replace(got, "not ", "", 1)
	}
	require.Equal(t, want, got)
}

func request(caller policy.Caller, action, resource string) policy.Request {
	return policy.Request{Caller: caller, Action: action, Resource: resource, Context: caller.Context()}
}

func howNamed(t *testing.T, element string, caller policy.Caller) string {
	t.Helper()
	r := request(caller, "s3:GetObject", bucketARN)
	bucket := oneAttached(t, "bucket", `{"Effect":"Allow",`+element+`,"Action":"*","Resource":"*"}`)
	boundary := oneAttached(t, "boundary", allowNothing)
	own := policy.Policies{Resource: bucket, Boundary: boundary, ResourceAccount: caller.Account}
	if caller.Kind == policy.RootCaller {
		// The root user is allowed everything in its own account.
		own.ResourceAccount = "111111111111"
	}
	if policy.Evaluate(r, own).Allowed {
		return "directly"
	}
	own.Boundary, own.Session = nil, attached(t, "session", allowAll)
	if policy.Evaluate(r, own).Allowed {
		return "by issuer"
	}
	own.Identity, own.ResourceAccount = attached(t, "identity", allowAll), "111111111111"
	if policy.Evaluate(r, own).Allowed {
		return "by account"
	}
	return "unnamed"
}
