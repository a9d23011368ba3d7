package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// mutant is a way to break a deployment.
type mutant struct {
	// family is what plausibleGuarantees knows it by.
	family string
	// name is unique within one deployment.
	name  string
	apply func(*policy.Deployment)
}

// edit is a way to break one document.
type edit struct {
	family, name string
	apply        func(*policy.Document)
}

// TestProofKillsEveryMutant breaks good deployments in every single way that
// matters: each must break a guarantee, and one that speaks of that way.
func TestProofKillsEveryMutant(t *testing.T) {
	t.Parallel()
	bases := goodDeployments(t)
	counts := make(chan mutantCount, len(bases))
	t.Run("of", func(t *testing.T) {
		for base, good := range bases {
			t.Run(base, func(t *testing.T) {
				t.Parallel()
				counts <- killMutants(t, base, good)
			})
		}
	})
	close(counts)
	total := mutantCount{harmless: make([]int, len(harmlessMutants()))}
	for count := range counts {
		total.killed += count.killed
		total.tried += count.tried
		for i, n := range count.harmless {
			total.harmless[i] += n
		}
	}
	for i, h := range harmlessMutants() {
		require.NotZero(t, total.harmless[i], "no such mutant: %s", h.names)
	}
	t.Logf("killed %d / total %d mutants; besides them %v change nothing", total.killed, total.tried, total.harmless)
	require.Equal(t, total.tried, total.killed)
	require.GreaterOrEqual(t, total.tried, 1000)
}

// mutantCount counts; harmless has one number for each of harmlessMutants.
type mutantCount struct {
	killed, tried int
	harmless      []int
}

func killMutants(t *testing.T, base string, good policy.Deployment) mutantCount {
	t.Helper()
	require.NoError(t, policy.Verify(good).Err())
	harmless := harmlessMutants()
	count := mutantCount{harmless: make([]int, len(harmless))}
	seen := map[string]bool{}
	for _, m := range mutantsOf(good) {
		name := base + ": " + m.name
		require.False(t, seen[name], "twice: %s", name)
		seen[name] = true
		broken := brokenBy(t, good, m)
		if i := slices.IndexFunc(harmless, func(h harmlessMutant) bool { return h.names.MatchString(name) }); i >= 0 {
			count.harmless[i]++
			if len(broken) > 0 {
				t.Errorf("%s breaks %v, but is said to be harmless: %s", name, broken, harmless[i].reason)
			}
			continue
		}
		count.tried++
		if len(broken) == 0 {
			t.Errorf("survived: %s (%s)", name, m.family)
			continue
		}
		count.killed++
		requirePlausible(t, name, m.family, broken)
	}
	return count
}

// requirePlausible holds that what broke is what the family of the mutant is
// about, and G8 where that comes first.
func requirePlausible(t *testing.T, name, family string, broken []policy.Guarantee) {
	t.Helper()
	plausible := plausibleGuarantees()[family]
	for _, g := range broken {
		if !slices.Contains(plausible, g) {
			t.Errorf("%s: %s should not break %s", name, family, g)
		}
	}
	if len(plausible) > 0 && plausible[0] == policy.G8 && !slices.Contains(broken, policy.G8) {
		t.Errorf("%s: %s should break G8", name, family)
	}
}

func brokenBy(t *testing.T, good policy.Deployment, m mutant) []policy.Guarantee {
	t.Helper()
	bad := cloneDeployment(t, good)
	m.apply(&bad)
	require.NotEqual(t, good, bad, "%s changes nothing", m.name)
	var broken []policy.Guarantee
	for _, result := range policy.Verify(bad).Results {
		if !result.Holds() {
			broken = append(broken, result.Guarantee)
		}
	}
	return broken
}

// plausibleGuarantees are, by family, all guarantees that may break.
func plausibleGuarantees() map[string][]policy.Guarantee {
	const g1, g2, g3, g4 = policy.G1, policy.G2, policy.G3, policy.G4
	const g5, g6, g7, g8 = policy.G5, policy.G6, policy.G7, policy.G8
	return map[string][]policy.Guarantee{
		// Where G8 is the first it breaks, whatever else does.
		"a document IAM refuses":       {g8, g1, g2, g3, g4, g7},
		"a quota":                      {g8},
		"trust: nobody":                {g3, g8},
		"trust: a user less":           {g3},
		"trust: somebody more":         {g4, g5},
		"trust: somebody else":         {g3, g4, g5},
		"trust: the condition less":    {g5},
		"trust: the condition other":   {g3, g5},
		"trust: a statement more":      {g3, g4, g5},
		"allow: a statement less":      {g2, g3},
		"allow: an action less":        {g2, g3},
		"allow: an action more":        {g1, g2, g4, g7},
		"allow: a resource less":       {g2, g3},
		"allow: a resource more":       {g1, g2, g3, g4},
		"allow: turned round":          {g1, g2, g3, g4, g6, g7},
		"allow: the condition less":    {g1, g2},
		"allow: the condition other":   {g1, g2, g3},
		"allow: a statement more":      {g1, g2, g4, g7},
		"deny: a statement less":       {g1, g2, g7},
		"deny: an action less":         {g1, g2, g7},
		"deny: an action more":         {g2},
		"deny: a resource less":        {g1, g2, g7},
		"deny: a resource more":        {g2},
		"deny: turned round":           {g1, g2, g3, g4, g6, g7},
		"deny: the condition less":     {g3, g6},
		"deny: the condition other":    {g1, g2, g3, g6, g7},
		"deny: a statement more":       {g2, g3, g6},
		"variables that are literal":   {g1, g2, g3},
		"the policies of a group":      {g1, g2, g3, g7},
		"the policies of a role":       {g3},
		"the deny on the role":         {g3},
		"the deny moved to the role":   {g1, g2, g3, g7},
		"the groups' policies swapped": {g3, g4},
	}
}

type harmlessMutant struct {
	names  *regexp.Regexp
	reason string
}

// harmlessMutants change no decision that a guarantee is about.
func harmlessMutants() []harmlessMutant {
	var list []harmlessMutant
	for _, one := range [][2]string{
		{`trust of operator: (no Version|Version 2008-10-17)$`, "a trust policy has no policy variables"},
		{`^admin: policy of operators: (no Version|Version 2008-10-17)$`, "the document has no policy variables"},
		{
			`(EnrolOwnDevice|ManageOwnEnrolment|RemoveOwnDevice|ExemptOwnUser): Action also sts:AssumeRole$`,
			"the statement is about users and devices, and those are not assumed",
		},
		{
			`(Resource|NotResource) arn:aws:iam::[0-9]+:(user/\$\{aws:username\} to arn:aws:iam::\*:user|mfa/\$\{aws:username\} to arn:aws:iam::\*:mfa)/\$\{aws:username\}$`,
			"users and devices have no policies of their own, so nobody reaches those of another account",
		},
	} {
		list = append(list, harmlessMutant{regexp.MustCompile(one[0]), one[1]})
	}
	return list
}

// The good deployments: two roles, two groups, users with and without a path.

func proofAccount() policy.Account { return policy.Account{Partition: "aws", ID: accountID} }

func goodDeployments(t *testing.T) map[string]policy.Deployment {
	t.Helper()
	return map[string]policy.Deployment{
		"self-service": goodDeployment(t, policy.GroupPolicy{}),
		"any device":   goodDeployment(t, policy.GroupPolicy{DeviceName: policy.AnyDevice}),
		"admin":        goodDeployment(t, policy.GroupPolicy{Enrolment: policy.AdminEnrolment}),
		"not enforced": goodDeployment(t, policy.GroupPolicy{WithoutDeny: true}),
		"exempt": goodDeployment(t, policy.GroupPolicy{ExemptActions: []string{
			"iam:ChangePassword", "iam:ListAccessKeys", "iam:GetAccountPasswordPolicy", "codecommit:GitPull",
		}}),
	}
}

// goodDeployment has the policies that these settings give.
func goodDeployment(t *testing.T, settings policy.GroupPolicy) policy.Deployment {
	t.Helper()
	account := proofAccount()
	developers := []string{account.UserARN("/", "alice"), account.UserARN("/team/", "bob")}
	operators := []string{account.UserARN("/", "olivia"), account.UserARN("/ops/night/", "oscar")}
	d := policy.Deployment{
		Account: account, Enrolment: settings.Enrolment, DeviceName: settings.DeviceName,
		ExemptActions: settings.ExemptActions, WithoutDeny: settings.WithoutDeny,
		Roles: []policy.Role{
			{
				Name: "developer", ARN: account.RoleARN("/", "developer"),
				TrustedUserARNs: slices.Concat(developers, operators),
				Policies: []policy.NamedDocument{{Name: "Tables", Document: policy.Document{
					Version: policy.Version20121017,
					Statements: []policy.Statement{{
						Sid: "Tables", Effect: policy.Allow, Action: policy.Values{"dynamodb:*"}, Resource: policy.Values{"*"},
					}},
				}}},
			},
			// Of this one the policies are not known, as those of AWS never are.
			{Name: "operator", ARN: account.RoleARN("/ops/", "operator"), TrustedUserARNs: operators},
		},
		Groups: []policy.Group{
			{Name: "developers", RoleARNs: []string{account.RoleARN("/", "developer")}, MemberARNs: developers},
			{
				Name: "operators", MemberARNs: operators,
				RoleARNs: []string{account.RoleARN("/", "developer"), account.RoleARN("/ops/", "operator")},
			},
		},
	}
	for i := range d.Roles {
		trust, err := policy.TrustPolicy(d.Roles[i].TrustedUserARNs)
		require.NoError(t, err)
		d.Roles[i].Trust = trust
	}
	for i := range d.Groups {
		settings.Account, settings.RoleARNs = account, d.Groups[i].RoleARNs
		document, err := settings.Document()
		require.NoError(t, err)
		d.Groups[i].Policies = []policy.NamedDocument{{Name: "cli-dev-" + d.Groups[i].Name, Document: document}}
	}
	return d
}

func cloneDeployment(t *testing.T, d policy.Deployment) policy.Deployment {
	t.Helper()
	clone := func(document policy.Document) policy.Document {
		parsed, err := policy.Parse(document.String())
		require.NoError(t, err)
		return parsed
	}
	cloneAll := func(documents []policy.NamedDocument) []policy.NamedDocument {
		documents = slices.Clone(documents)
		for i := range documents {
			documents[i].Document = clone(documents[i].Document)
		}
		return documents
	}
	d.Roles, d.Groups = slices.Clone(d.Roles), slices.Clone(d.Groups)
	for i := range d.Roles {
		d.Roles[i].Trust, d.Roles[i].Policies = clone(d.Roles[i].Trust), cloneAll(d.Roles[i].Policies)
	}
	for i := range d.Groups {
		d.Groups[i].Policies = cloneAll(d.Groups[i].Policies)
	}
	return d
}

// mutantsOf breaks the documents of the second role and the second group, which
// have a path, and what is attached to whom.
func mutantsOf(d policy.Deployment) []mutant {
	var all []mutant
	for _, e := range slices.Concat(trustEdits(d.Roles[1].Trust), documentEdits()) {
		all = append(all, mutant{e.family, "trust of operator: " + e.name, func(d *policy.Deployment) {
			e.apply(&d.Roles[1].Trust)
		}})
	}
	document := d.Groups[1].Policies[0].Document
	for _, e := range slices.Concat(groupEdits(document), documentEdits()) {
		all = append(all, mutant{e.family, "policy of operators: " + e.name, func(d *policy.Deployment) {
			e.apply(&d.Groups[1].Policies[0].Document)
		}})
	}
	return append(all, attachmentMutants(d)...)
}

// attachmentMutants attach good documents to the wrong place, or too many.
func attachmentMutants(d policy.Deployment) []mutant {
	all := []mutant{
		{"the policies of a group", "the group has no policy", func(d *policy.Deployment) { d.Groups[1].Policies = nil }},
		{"a quota", "eleven policies on a group", func(d *policy.Deployment) {
			d.Groups[1].Policies = slices.Repeat(d.Groups[1].Policies, 11)
		}},
		{"a quota", "eleven policies on a role", func(d *policy.Deployment) {
			d.Roles[0].Policies = slices.Repeat(d.Roles[0].Policies, 11)
		}},
		{"the groups' policies swapped", "the groups' policies swapped", func(d *policy.Deployment) {
			d.Groups[0].Policies, d.Groups[1].Policies = d.Groups[1].Policies, d.Groups[0].Policies
		}},
		{"trust: somebody else", "the roles' trust policies swapped", func(d *policy.Deployment) {
			d.Roles[0].Trust, d.Roles[1].Trust = d.Roles[1].Trust, d.Roles[0].Trust
		}},
		{"the policies of a role", "the role's policy allows with MFA only", func(d *policy.Deployment) {
			d.Roles[0].Policies[0].Document.Statements[0].Condition = policy.Condition{"Bool": {policy.KeyMFAPresent: {"true"}}}
		}},
		{"the policies of a role", "a policy of the role denies one of IAM's actions without MFA", func(d *policy.Deployment) {
			d.Roles[1].Policies = append(d.Roles[1].Policies, policy.NamedDocument{
				Name: "KeysWithMFA", Document: policy.Document{Version: policy.Version20121017, Statements: []policy.Statement{{
					Effect: policy.Deny, Action: policy.Values{"iam:CreateAccessKey"}, Resource: policy.Values{"*"},
					Condition: policy.Condition{"BoolIfExists": {policy.KeyMFAPresent: {"false"}}},
				}}},
			})
		}},
	}
	if d.WithoutDeny {
		return all
	}
	for i := range d.Roles {
		all = append(all,
			mutant{"the deny on the role", "the group's policy also on role " + d.Roles[i].Name, func(d *policy.Deployment) {
				d.Roles[i].Policies = append(d.Roles[i].Policies, d.Groups[1].Policies...)
			}},
			mutant{"the deny moved to the role", "the deny moved to role " + d.Roles[i].Name, func(d *policy.Deployment) {
				document := &d.Groups[1].Policies[0].Document
				deny := *document
				isDeny := func(s policy.Statement) bool { return s.Effect == policy.Deny }
				deny.Statements = slices.DeleteFunc(slices.Clone(document.Statements), func(s policy.Statement) bool { return !isDeny(s) })
				document.Statements = slices.DeleteFunc(document.Statements, isDeny)
				d.Roles[i].Policies = append(d.Roles[i].Policies, policy.NamedDocument{Name: "deny", Document: deny})
			}},
		)
	}
	return all
}

// documentEdits break a document in ways that any kind of document has: what
// the grammar or a quota refuses, and the version.
func documentEdits() []edit {
	refused := func(name string, apply func(*policy.Document)) edit {
		return edit{"a document IAM refuses", name, apply}
	}
	all := []edit{
		refused("no statements", func(d *policy.Document) { d.Statements = []policy.Statement{} }),
		refused("Sid twice", func(d *policy.Document) { d.Statements = append(d.Statements, d.Statements[0]) }),
		refused("Sid with a space", func(d *policy.Document) { d.Statements[0].Sid = "two words" }),
		refused("Effect in lower case", func(d *policy.Document) { d.Statements[0].Effect = "allow" }),
		refused("no actions", func(d *policy.Document) { d.Statements[0].Action = policy.Values{} }),
		refused("no Action", func(d *policy.Document) { d.Statements[0].Action = nil }),
		refused("Action and NotAction", func(d *policy.Document) { d.Statements[0].NotAction = policy.Values{"s3:*"} }),
		refused("unknown operator", func(d *policy.Document) {
			d.Statements[0].Condition = policy.Condition{"BoolIfPresent": {policy.KeyMFAPresent: {"true"}}}
		}),
		refused("Principal where none belongs, or none where one does", func(d *policy.Document) {
			if d.Statements[0].Principal != nil {
				d.Statements[0].Principal = nil
			} else {
				d.Statements[0].Principal = &policy.Principal{All: true}
			}
		}),
		refused("Resource where none belongs, or none where one does", func(d *policy.Document) {
			if d.Statements[0].Resource != nil {
				d.Statements[0].Resource = nil
			} else {
				d.Statements[0].Resource = policy.Values{"*"}
			}
		}),
		{"a quota", "over its size", func(d *policy.Document) { d.ID = strings.Repeat("x", policy.ManagedPolicyQuota().Limit) }},
	}
	for name, version := range map[string]string{"Version 2008-10-17": policy.Version20081017, "no Version": ""} {
		all = append(all, edit{"variables that are literal", name, func(d *policy.Document) { d.Version = version }})
	}
	return all
}

// trustEdits break a trust policy of one statement.
func trustEdits(d policy.Document) []edit {
	account, other := proofAccount(), policy.Account{Partition: "aws", ID: "444455556666"}
	var all []edit
	for name, principal := range map[string]string{
		"the account root": "arn:aws:iam::" + account.ID + ":root", "the account": account.ID,
		"another account root": "arn:aws:iam::" + other.ID + ":root", "another account": other.ID, "everybody": "*",
		"another user": account.UserARN("/", "mallory"), "a trusted user's name under another path": account.UserARN("/x/", "oscar"),
		"another account's user": other.UserARN("/ops/night/", "oscar"), "a member of another group": account.UserARN("/", "alice"),
		"another role": account.RoleARN("/", "deployer"), "the role itself": account.RoleARN("/ops/", "operator"),
		"another of the roles": account.RoleARN("/", "developer"), "another account's role": other.RoleARN("/", "deployer"),
		"a role session":   "arn:aws:sts::" + account.ID + ":assumed-role/deployer/ci",
		"a federated user": "arn:aws:sts::" + account.ID + ":federated-user/mallory",
	} {
		all = append(all, edit{"trust: somebody more", "also " + name, func(d *policy.Document) {
			d.Statements[0].Principal.AWS = append(d.Statements[0].Principal.AWS, principal)
		}})
	}
	all = append(all,
		edit{"trust: somebody more", "also a service", func(d *policy.Document) {
			d.Statements[0].Principal.Service = policy.Values{"lambda.amazonaws.com"}
			d.Statements[0].Condition = nil
		}},
		edit{"trust: somebody more", "a statement for an identity provider", func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{
				Effect: policy.Allow, Action: policy.Values{"sts:AssumeRoleWithSAML"},
				Principal: &policy.Principal{Federated: policy.Values{"arn:aws:iam::" + account.ID + ":saml-provider/okta"}},
			})
		}},
		edit{"trust: somebody else", "NotPrincipal", func(d *policy.Document) {
			d.Statements[0].Principal, d.Statements[0].NotPrincipal = nil, d.Statements[0].Principal
		}},
		edit{"trust: somebody more", "everybody instead", func(d *policy.Document) {
			d.Statements[0].Principal = &policy.Principal{All: true}
		}},
		edit{"trust: nobody", "Effect", func(d *policy.Document) { d.Statements[0].Effect = policy.Deny }},
		edit{"trust: nobody", "another action", func(d *policy.Document) {
			d.Statements[0].Action = policy.Values{"sts:AssumeRoleWithSAML"}
		}},
		edit{"trust: nobody", "NotAction", func(d *policy.Document) {
			d.Statements[0].Action, d.Statements[0].NotAction = nil, d.Statements[0].Action
		}},
		edit{"trust: a statement more", "another statement without the condition", func(d *policy.Document) {
			another := d.Statements[0]
			another.Sid, another.Condition = "", nil
			d.Statements = append(d.Statements, another)
		}},
		edit{"trust: a statement more", "another statement that denies", func(d *policy.Document) {
			another := d.Statements[0]
			another.Sid, another.Effect = "", policy.Deny
			d.Statements = append(d.Statements, another)
		}},
	)
	for i, user := range d.Statements[0].Principal.AWS {
		all = append(all, edit{"trust: a user less", "without " + user, func(d *policy.Document) {
			d.Statements[0].Principal.AWS = slices.Delete(d.Statements[0].Principal.AWS, i, i+1)
		}})
	}
	return append(all, conditionEdits("trust", 0, d.Statements[0])...)
}

// groupEdits break the policy of a group, statement by statement.
func groupEdits(d policy.Document) []edit {
	var all []edit
	for i, s := range d.Statements {
		kind := strings.ToLower(string(s.Effect))
		at := func(family, name string, apply func(*policy.Statement)) {
			all = append(all, edit{kind + ": " + family, s.Sid + ": " + name, func(d *policy.Document) { apply(&d.Statements[i]) }})
		}
		all = append(all, edit{kind + ": a statement less", s.Sid + ": dropped", func(d *policy.Document) {
			d.Statements = slices.Delete(d.Statements, i, i+1)
		}})
		at("turned round", "Effect", func(s *policy.Statement) {
			s.Effect = map[policy.Effect]policy.Effect{policy.Allow: policy.Deny, policy.Deny: policy.Allow}[s.Effect]
		})
		at("turned round", "Action and NotAction swapped", func(s *policy.Statement) { s.Action, s.NotAction = s.NotAction, s.Action })
		at("turned round", "Resource and NotResource swapped", func(s *policy.Statement) {
			s.Resource, s.NotResource = s.NotResource, s.Resource
		})
		all = append(all, actionEdits(kind, i, s)...)
		all = append(all, resourceEdits(kind, i, s)...)
		all = append(all, conditionEdits(kind, i, s)...)
	}
	return append(all, statementsMore()...)
}

// statementsMore add a statement.
func statementsMore() []edit {
	var all []edit
	for _, one := range []struct {
		family, name string
		statement    policy.Statement
	}{
		{"allow: a statement more", "also allows everything", policy.Statement{
			Effect: policy.Allow, Action: policy.Values{"*"}, Resource: policy.Values{"*"},
		}},
		{"allow: a statement more", "also allows one action", policy.Statement{
			Effect: policy.Allow, Action: policy.Values{"mgh:NotifyMigrationTaskState"}, Resource: policy.Values{"*"},
		}},
		{"allow: a statement more", "also allows one role", policy.Statement{
			Effect: policy.Allow, Action: policy.Values{"sts:AssumeRole"},
			Resource: policy.Values{proofAccount().RoleARN("/", "deployer")},
		}},
		{"allow: a statement more", "also allows keys of the user's own", policy.Statement{
			Effect: policy.Allow, Action: policy.Values{"iam:CreateAccessKey"},
			Resource: policy.Values{proofAccount().UserARN("/", "${aws:username}")},
		}},
		{"deny: a statement more", "also denies everything", policy.Statement{
			Effect: policy.Deny, Action: policy.Values{"*"}, Resource: policy.Values{"*"},
		}},
		{"deny: a statement more", "also denies AssumeRole", policy.Statement{
			Effect: policy.Deny, Action: policy.Values{"sts:AssumeRole"}, Resource: policy.Values{"*"},
		}},
		{"deny: a statement more", "also denies an action of IAM on others", policy.Statement{
			Effect: policy.Deny, Action: policy.Values{"iam:CreateAccessKey"},
			NotResource: policy.Values{proofAccount().UserARN("/", "${aws:username}")},
		}},
		{"deny: a statement more", "also denies writing without MFA, services included", policy.Statement{
			Effect: policy.Deny, Action: policy.Values{"s3:PutObject"}, Resource: policy.Values{"*"},
			Condition: policy.Condition{"BoolIfExists": {policy.KeyMFAPresent: {"false"}}},
		}},
	} {
		all = append(all, edit{one.family, one.name, func(d *policy.Document) {
			d.Statements = append(d.Statements, one.statement)
		}})
	}
	return all
}

// more and less swap where an element names what it does not speak of.
func more(yes bool, what string) string {
	return what + map[bool]string{true: " more", false: " less"}[yes]
}

// actionEdits drop each action, and let each of a list in.
func actionEdits(kind string, i int, s policy.Statement) []edit {
	element, of := "Action", func(s *policy.Statement) *policy.Values { return &s.Action }
	if s.NotAction != nil {
		element, of = "NotAction", func(s *policy.Statement) *policy.Values { return &s.NotAction }
	}
	add := func(family, name string, apply func(*policy.Values)) edit {
		return edit{kind + ": " + family, s.Sid + ": " + element + " " + name, func(d *policy.Document) { apply(of(&d.Statements[i])) }}
	}
	var all []edit
	if actions := *of(&s); len(actions) > 1 {
		for j, action := range actions {
			all = append(all, add(more(s.NotAction != nil, "an action"), "without "+action, func(v *policy.Values) {
				*v = slices.Delete(*v, j, j+1)
			}))
		}
	}
	if kind == "deny" && s.Action != nil {
		if len(s.Action) == 1 {
			all = append(all, add("an action less", "s3:* instead", func(v *policy.Values) { *v = policy.Values{"s3:*"} }))
		}
		return all // more actions deny more: no guarantee breaks
	}
	for _, action := range []string{
		"sts:AssumeRole", "sts:GetFederationToken", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice",
		"iam:CreateAccessKey", "s3:GetObject", "ec2:*", "iam:*", "iam:?*", "sts:*", "*", "mgh:NotifyMigrationTaskState",
	} {
		if slices.Contains(*of(&s), action) {
			continue
		}
		all = append(all, add(more(s.NotAction == nil, "an action"), "also "+action, func(v *policy.Values) { *v = append(*v, action) }))
	}
	return all
}

// resourceEdits drop each resource, and put each of a list in its place.
func resourceEdits(kind string, i int, s policy.Statement) []edit {
	element, of := "Resource", func(s *policy.Statement) *policy.Values { return &s.Resource }
	if s.NotResource != nil {
		element, of = "NotResource", func(s *policy.Statement) *policy.Values { return &s.NotResource }
	}
	account := proofAccount()
	var all []edit
	for j, resource := range *of(&s) {
		add := func(family, name string, apply func(*policy.Values)) {
			all = append(all, edit{
				kind + ": " + family, fmt.Sprintf("%s: %s %s %s", s.Sid, element, resource, name),
				func(d *policy.Document) { apply(of(&d.Statements[i])) },
			})
		}
		if len(*of(&s)) > 1 {
			add(more(s.NotResource != nil, "a resource"), "dropped", func(v *policy.Values) { *v = slices.Delete(*v, j, j+1) })
		}
		seen := map[string]int{}
		for _, wide := range []string{
			"*", "arn:aws:s3:::*", account.VirtualMFADeviceARN("*"), account.VirtualMFADeviceARN("*${aws:username}"),
			account.UserARN("/", "*"), account.UserARN("/", "*${aws:username}"), account.UserARN("/", "${aws:username}*"),
			account.UserARN("/*/", "*"), account.RoleARN("/", "*"), "arn:aws:iam::*:user/${aws:username}",
			"arn:aws:iam::*:mfa/${aws:username}", strings.TrimSuffix(resource, "*") + "*",
		} {
			if wide != resource && seen[wide] == 0 {
				add(more(s.NotResource == nil && resource != "*", "a resource"), "to "+wide, func(v *policy.Values) { (*v)[j] = wide })
			}
			seen[wide]++
		}
	}
	return all
}

// conditionEdits drop and change the condition of a statement, part by part.
func conditionEdits(kind string, i int, s policy.Statement) []edit {
	if s.Condition == nil {
		return nil
	}
	var all []edit
	add := func(family, name string, apply func(*policy.Statement)) {
		all = append(all, edit{
			kind + ": the condition " + family, s.Sid + ": " + name, func(d *policy.Document) { apply(&d.Statements[i]) },
		})
	}
	add("less", "no condition", func(s *policy.Statement) { s.Condition = nil })
	for operator, block := range s.Condition {
		for _, another := range otherOperators(operator) {
			add("other", another, func(s *policy.Statement) { s.Condition = policy.Condition{another: s.Condition[operator]} })
		}
		for key := range block {
			if len(block) > 1 {
				add("less", "without "+key, func(s *policy.Statement) { delete(s.Condition[operator], key) })
			}
			for name, value := range map[string]policy.Values{"true": {"true"}, "false": {"false"}, "true or false": {"true", "false"}} {
				if !slices.Equal(block[key], value) {
					add("other", key+" "+name, func(s *policy.Statement) { s.Condition[operator][key] = value })
				}
			}
			add("other", key+" misspelt", func(s *policy.Statement) {
				s.Condition[operator][strings.TrimSuffix(key, "t")+"ed"] = s.Condition[operator][key]
				delete(s.Condition[operator], key)
			})
		}
	}
	return all
}

// otherOperators are those that people take for the right one.
func otherOperators(operator string) []string {
	if operator == "Bool" {
		return []string{
			"BoolIfExists", "Null", "ForAllValues:Bool", "StringEqualsIfExists", "StringLikeIfExists", "StringNotEquals",
			"StringNotLike",
		}
	}
	return []string{
		"Bool", "Null", "ForAnyValue:Bool", "StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotEquals",
		"StringNotEqualsIfExists",
	}
}
