package tests

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// mutant is a deployment with one thing changed. Rules know it by its name.
type mutant struct {
	name  string
	apply func(*policy.Deployment)
}

// rule says of mutants, by a part of their names, what they break, if anything:
// one of some guarantees. It says so without a look at the proof.
type rule struct{ name, breaks, why string }

// rules are in order: the first that fits a mutant speaks of it.
func rules() []rule {
	const (
		allows    = `(TrustWithMFA|AssumeRoles|EnrolOwnDevice|ManageOwnEnrolment|RemoveOwnDevice|ReplaceOwnAccessKeys|ExemptOwnUser|ExemptAccount): `
		denies    = `(DenyWithoutMFA|DenyOthersWithoutMFA): `
		plainText = `String(Equals|Like|EqualsIgnoreCase)`
		unread    = `(For(All|Any)Values?:)?(Numeric|Date|Arn|IpAddress|NotIpAddress)\w*|NullIfExists|For\w+:Null\w*`
	)
	return []rule{
		{`( emptied|unclosed|unreadable)$`, "G8", "IAM refuses it"},
		{`(Bool|BoolIfExists) to (` + unread + `)$|BoolIfExists to \S*Binary\w+$`, "G8", "IAM refuses the value, or the operator"},
		{`/\* to \S+/\*\*$`, "", "two wildcards say what one says"},
		{`: (DenyWithoutMFA: Action|Resource) \* to `, "G8", "IAM refuses what is neither * nor a name"},
		{`: Principal \S+ to arn`, "G8", "IAM takes no wildcard in a name"},

		{` twice$`, "", "what is said twice is said once"},
		{` in upper case$`, "", "actions are compared without regard to case"},
		{`Sid dropped$`, "", "a Sid decides nothing"},
		{`^(trust[\w-]*|group-admin(-without-deny)?): Version`, "", "there is no policy variable in it"},
		{
			`(TrustWithMFA|RemoveOwnDevice|ReplaceOwnAccessKeys): Bool to ((ForAnyValue:)?(Bool|` + plainText + `)|ForAnyValue:(Bool|` + plainText + `)IfExists)$`, "",
			"true matches as before, and an absent key still does not",
		},
		{
			denies + `BoolIfExists to (` + plainText + `IfExists|ForAllValues:(Bool|` + plainText + `)(IfExists)?)$`, "",
			"false matches as before, and an absent key, too",
		},
		{allows + `(Bool|Condition) also `, "", "an allow on one condition more lets nobody else in, and whoever can meet it still can"},
		{denies + `Condition also StringEquals aws:PrincipalType User$`, "", "it is true of every member"},
		{`TrustWithMFA: Action (also|sts:AssumeRole to) `, "", "users assume roles by one action, whatever else they are let do"},
		{
			`(EnrolOwnDevice|ManageOwnEnrolment|RemoveOwnDevice|ReplaceOwnAccessKeys|ExemptOwnUser): Action also sts:AssumeRole$`, "",
			"it is about users and devices, and nobody assumes those",
		},
		{`AssumeRoles: Resource also arn:\S+:(s3:|iam::(\d+|\*):(user|mfa)/)`, "", "what is no role is not assumed"},
		{`Resource also arn:\S+:iam::\*:user/\$\{aws:username\}$`, "", "nobody reaches users of another account"},
		{
			`^group-access-keys: (RemoveOwnDevice|ReplaceOwnAccessKeys): Action also iam:(CreateAccessKey|DeactivateMFADevice|DeleteVirtualMFADevice)$`, "",
			"either is meant with MFA",
		},
		{
			`^group-any-device: (EnrolOwnDevice|ManageOwnEnrolment|DenyOthersWithoutMFA|RemoveOwnDevice): (Not)?Resource (\S+:mfa/\* to \S+:mfa/\*\*|also \S+:mfa/\w+)$`, "",
			"any device is meant",
		},
		{`(DenyWithoutMFA: (Action|Resource)|ExemptAccount: Resource) also `, "", "* has it already"},
		{`^group-exempt-actions: DenyOthersWithoutMFA: Action (also|\S+ to) iam:\??\*$`, "G2", "it denies the exempt action that has no user"},
		{`DenyOthersWithoutMFA: Action (also (s3|iam|mgh|ec2|sts:\w+$)|\S+ to iam:)`, "", "without MFA all of that is denied already"},
		{`: also a deny that adds nothing$`, "", "without MFA that is denied already"},

		{`: Version`, "G1 G2 G3", "policy variables become literal text"},
		{` turned round$`, "G1 G2 G3 G4", "what was allowed is denied, or the other way round"},
		{` swapped$`, "G1 G2 G3 G4 G6", "it speaks of all but what it was about"},
		{`AssumeRoles: (dropped|Resource \S+ dropped)$`, "G3", "members cannot assume the role"},
		{allows + `(dropped|\w+ \S+ dropped)$`, "G2 G3", "somebody who is meant cannot"},
		{denies + `dropped$`, "G1 G2 G7", "what it denied is open"},
		{`DenyOthersWithoutMFA: Action \S+ dropped$`, "G1 G2", "that action is open on other people's users"},
		{denies + `Not\w+ \S+ dropped$`, "G2", "what it spared, enrolment or the own user, is denied"},

		{`TrustWithMFA: (Bool|Condition)`, "G3 G5", "a call without MFA meets the condition, or one with MFA does not"},
		{`TrustWithMFA: Principal (also|\S+ to) `, "G4 G5", "somebody who is not meant is trusted"},
		{`(RemoveOwnDevice|ReplaceOwnAccessKeys): (Bool|Condition)`, "G1 G2 G3", "a device or a key goes without MFA, or stays with it"},
		{denies + `BoolIfExists aws:ViaAWSService (dropped|false also true)$`, "G6", "calls by AWS services carry no MFA, and are denied"},
		{denies + `(BoolIfExists|Condition)`, "G1 G2 G3 G6 G7", "a request without MFA slips past the deny, or one with MFA does not"},

		{`AssumeRoles: Resource`, "G4", "members can assume another role"},
		{`ExemptAccount: Action also sts:AssumeRole$`, "G4", "members can assume any role"},
		{allows + `Action`, "G1 G2 G4 G7", "another action is allowed without MFA"},
		{allows + `Resource`, "G2 G3", "an action is allowed on other people's users or devices, or no more on all of one's own"},
		{`DenyWithoutMFA: NotAction`, "G1", "an action that is no part of enrolment is spared"},
		{`DenyOthersWithoutMFA: NotResource`, "G2", "other people's users or devices are spared, or own ones are not"},
		{`DenyOthersWithoutMFA: Action`, "G2", "sts:GetSessionToken has no user, and is denied"},
		{`: also `, "G1 G2 G3 G4 G5 G6 G7", "it grants what nobody meant, or denies what somebody did"},

		{`^attached: (eleven|a document over)`, "G8", "IAM has a quota"},
		{`^attached: (one that IAM|two statements)`, "G8", "IAM refuses it"},
		{`^attached: `, "G1 G2 G3 G4 G5 G7", "a good document in the wrong place"},
	}
}

// TestProofKillsEveryMutant changes every single token of the golden documents, and
// what is attached to whom: all that is harmful must break one of the guarantees
// that its rule names, and nothing that is harmless may break any. make mutants
// tries all of them, make test one in ten of each rule.
func TestProofKillsEveryMutant(t *testing.T) {
	t.Parallel()
	every := 10
	if os.Getenv("AWSMFA_MUTANTS") == "all" {
		every = 1
	}
	all := rules()
	patterns := make([]*regexp.Regexp, len(all))
	for i := range all {
		patterns[i] = regexp.MustCompile(all[i].name)
	}
	used := make([]int, len(all))
	tried, harmful := 0, 0
	deployments := goodDeployments(t)
	for _, name := range slices.Sorted(maps.Keys(deployments)) {
		good := deployments[name]
		require.NoError(t, policy.Verify(good.deployment).Err(), name)
		seen := map[string]bool{}
		for _, m := range good.mutants {
			m.name = name + ": " + m.name
			require.False(t, seen[m.name], "twice: %s", m.name)
			seen[m.name] = true
			i := slices.IndexFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(m.name) })
			require.GreaterOrEqual(t, i, 0, "no rule says what breaks: %s", m.name)
			used[i]++
			if used[i]%every != 1%every {
				continue
			}
			tried++
			if all[i].breaks != "" {
				harmful++
			}
			if fault := wrong(t, good.deployment, m, all[i]); fault != "" {
				t.Errorf("%s: %s (%s)", m.name, fault, all[i].why)
			}
		}
	}
	for i, n := range used {
		require.NotZero(t, n, "no mutant for the rule %s", all[i].name)
	}
	t.Logf("%d mutants: %d harmful, %d harmless", tried, harmful, tried-harmful)
	require.GreaterOrEqual(t, harmful, 5000/every)
}

// wrong says how the verdict differs from what the rule says.
func wrong(t *testing.T, good policy.Deployment, m mutant, expected rule) string {
	t.Helper()
	bad := cloneDeployment(t, good)
	m.apply(&bad)
	require.NotEqual(t, good, bad, "%s changes nothing", m.name)
	var broken, doubtful []string
	for _, result := range policy.Verify(bad).Results {
		switch result.Verdict {
		case policy.Broken:
			broken = append(broken, string(result.Guarantee))
		case policy.Undecided:
			doubtful = append(doubtful, string(result.Guarantee))
		case policy.Proved, policy.NotJudged:
		}
	}
	meant := func(g string) bool { return strings.Contains(expected.breaks, g) }
	switch {
	case expected.breaks == "" && len(broken)+len(doubtful) > 0:
		return fmt.Sprintf("harmless, but breaks %v, and %v is undecided", broken, doubtful)
	case expected.breaks != "" && !slices.ContainsFunc(broken, meant):
		return fmt.Sprintf("should break one of %s, and breaks %v (undecided: %v)", expected.breaks, broken, doubtful)
	}
	return ""
}

// goodDeployment has the mutants that are made of it.
type goodDeployment struct {
	deployment policy.Deployment
	mutants    []mutant
}

// goodDeployments are one for each golden document, and one of two groups.
func goodDeployments(t *testing.T) map[string]goodDeployment {
	t.Helper()
	all := map[string]goodDeployment{"attached": {groupsThatShareARole(t), attachmentMutants()}}
	files, err := filepath.Glob("../policy/testdata/golden/*.json")
	require.NoError(t, err)
	require.Len(t, files, 16)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		document, err := policy.Parse(string(text))
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		of := func(d *policy.Deployment) *policy.Document { return &d.Groups[0].Policies[0].Document }
		if strings.HasPrefix(name, "trust-") {
			of = func(d *policy.Deployment) *policy.Document { return &d.Roles[0].Trust }
		}
		good := goodDeployment{deployment: goldenDeployment(t, name, document)}
		for _, e := range editsOf(document, good.deployment.Account) {
			good.mutants = append(good.mutants, mutant{e.name, func(d *policy.Deployment) { e.apply(of(d)) }})
		}
		all[name] = good
	}
	return all
}

// goldenDeployment is the least that has the document, with the settings of which
// its name speaks.
func goldenDeployment(t *testing.T, name string, document policy.Document) policy.Deployment {
	t.Helper()
	var users []string
	var account policy.Account
	if strings.HasPrefix(name, "trust-") {
		users = document.Statements[0].Principal.AWS
		account = accountOf(t, users[0])
		settings := policy.GroupPolicy{Account: account, RoleARNs: []string{account.RoleARN("/", "cli-dev-power-user")}}
		return deploymentWith(t, settings, users)
	}
	settings := policy.GroupPolicy{RoleARNs: document.Statements[0].Resource, WithoutDeny: strings.Contains(name, "without-deny")}
	account = accountOf(t, settings.RoleARNs[0])
	settings.Account = account
	if strings.Contains(name, "admin") {
		settings.Enrolment = policy.AdminEnrolment
	}
	settings.SelfServiceAccessKeys = strings.Contains(name, "access-keys")
	if strings.Contains(name, "any-device") {
		settings.DeviceName = policy.AnyDevice
	}
	if strings.Contains(name, "exempt") {
		settings.ExemptActions = []string{"iam:ChangePassword", "codecommit:GitPull", "iam:GetAccountPasswordPolicy"}
	}
	d := deploymentWith(t, settings, []string{account.UserARN("/", "alice"), account.UserARN("/team/", "bob")})
	require.Equal(t, document, d.Groups[0].Policies[0].Document, name)
	return d
}

func accountOf(t *testing.T, arn string) policy.Account {
	t.Helper()
	parsed, err := policy.ParseIAMARN(arn)
	require.NoError(t, err)
	return policy.Account{Partition: parsed.Partition, ID: parsed.Account}
}

func deploymentWith(t *testing.T, settings policy.GroupPolicy, users []string) policy.Deployment {
	t.Helper()
	d := policy.Deployment{
		Account: settings.Account, Enrolment: settings.Enrolment, DeviceName: settings.DeviceName,
		ExemptActions: settings.ExemptActions, WithoutDeny: settings.WithoutDeny,
		SelfServiceAccessKeys: settings.SelfServiceAccessKeys,
	}
	for _, arn := range settings.RoleARNs {
		trust, err := policy.TrustPolicy(users)
		require.NoError(t, err)
		d.Roles = append(d.Roles, policy.Role{Name: arn, ARN: arn, Trust: trust, TrustedUserARNs: users})
	}
	document, err := settings.Document()
	require.NoError(t, err)
	d.Groups = []policy.Group{{
		Name: "developers", RoleARNs: settings.RoleARNs, MemberARNs: users,
		Policies: []policy.NamedDocument{{Name: "cli-dev-developers", Document: document}},
	}}
	return d
}

func proofAccount() policy.Account { return policy.Account{Partition: "aws", ID: accountID} }

// groupsThatShareARole are two; each a role; the second has another, of which no policy is known.
func groupsThatShareARole(t *testing.T) policy.Deployment {
	t.Helper()
	account := proofAccount()
	developer, operator := account.RoleARN("/", "developer"), account.RoleARN("/ops/", "operator")
	olivia := []string{account.UserARN("/", "olivia"), account.UserARN("/ops/night/", "oscar")}
	d := deploymentWith(t, policy.GroupPolicy{Account: account, RoleARNs: []string{developer, operator}}, olivia)
	all := append([]string{account.UserARN("/", "alice")}, olivia...)
	developers := deploymentWith(t, policy.GroupPolicy{Account: account, RoleARNs: []string{developer}}, all)
	d.Roles[0] = developers.Roles[0]
	d.Roles[0].Policies = []policy.NamedDocument{{Name: "Tables", Document: policy.Document{
		Version: policy.Version20121017,
		Statements: []policy.Statement{{
			Sid: "Tables", Effect: policy.Allow, Action: policy.Values{"dynamodb:*"}, Resource: policy.Values{"*"},
		}},
	}}}
	d.Groups = append(developers.Groups, d.Groups...)
	d.Groups[0].MemberARNs = all[:1]
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

// attachmentMutants attach good documents to the wrong place, or too many.
func attachmentMutants() []mutant {
	isDeny := func(s policy.Statement) bool { return s.Effect == policy.Deny }
	all := []mutant{
		{"no policy on the group", func(d *policy.Deployment) { d.Groups[1].Policies = nil }},
		{"eleven policies on a group", func(d *policy.Deployment) {
			d.Groups[1].Policies = slices.Repeat(d.Groups[1].Policies, 11)
		}},
		{"eleven policies on a role", func(d *policy.Deployment) {
			d.Roles[0].Policies = slices.Repeat(d.Roles[0].Policies, 11)
		}},
		{"a document over its size", func(d *policy.Deployment) {
			d.Groups[1].Policies[0].Document.ID = strings.Repeat("x", policy.ManagedPolicyQuota().Limit)
		}},
		{"one that IAM takes for roles only", func(d *policy.Deployment) {
			d.Groups[1].Policies[0].Document.Statements[0].Principal = &policy.Principal{All: true}
		}},
		{"one that IAM takes for groups only", func(d *policy.Deployment) {
			d.Roles[1].Trust.Statements[0].Resource = policy.Values{"*"}
		}},
		{"two statements of one Sid", func(d *policy.Deployment) {
			document := &d.Groups[1].Policies[0].Document
			document.Statements = append(document.Statements, document.Statements[0])
		}},
		{"the groups' policies swapped", func(d *policy.Deployment) {
			d.Groups[0].Policies, d.Groups[1].Policies = d.Groups[1].Policies, d.Groups[0].Policies
		}},
		{"the roles' trust policies swapped", func(d *policy.Deployment) {
			d.Roles[0].Trust, d.Roles[1].Trust = d.Roles[1].Trust, d.Roles[0].Trust
		}},
		{"the role's policy allows with MFA only", func(d *policy.Deployment) {
			d.Roles[0].Policies[0].Document.Statements[0].Condition = policy.Condition{"Bool": {policy.KeyMFAPresent: {"true"}}}
		}},
		{"a policy of the role denies one of IAM's actions without MFA", func(d *policy.Deployment) {
			d.Roles[1].Policies = append(d.Roles[1].Policies, policy.NamedDocument{
				Name: "KeysWithMFA", Document: policy.Document{Version: policy.Version20121017, Statements: []policy.Statement{{
					Effect: policy.Deny, Action: policy.Values{"iam:CreateAccessKey"}, Resource: policy.Values{"*"},
					Condition: policy.Condition{"BoolIfExists": {policy.KeyMFAPresent: {"false"}}},
				}}},
			})
		}},
	}
	for i := range 2 {
		all = append(all,
			mutant{fmt.Sprintf("the group's policy also on role %d", i), func(d *policy.Deployment) {
				d.Roles[i].Policies = append(d.Roles[i].Policies, d.Groups[1].Policies...)
			}},
			mutant{fmt.Sprintf("the deny moved to role %d", i), func(d *policy.Deployment) {
				document := &d.Groups[1].Policies[0].Document
				deny := *document
				deny.Statements = slices.DeleteFunc(slices.Clone(document.Statements), func(s policy.Statement) bool { return !isDeny(s) })
				document.Statements = slices.DeleteFunc(document.Statements, isDeny)
				d.Roles[i].Policies = append(d.Roles[i].Policies, policy.NamedDocument{Name: "deny", Document: deny})
			}},
		)
	}
	return all
}

// edit is one token of a document changed.
type edit struct {
	name  string
	apply func(*policy.Document)
}

// editsOf are all of them, by the place of the token and what becomes of it.
func editsOf(d policy.Document, account policy.Account) []edit {
	all := []edit{
		{"Version 2008-10-17", func(d *policy.Document) { d.Version = policy.Version20081017 }},
		{"Version dropped", func(d *policy.Document) { d.Version = "" }},
	}
	for name, s := range furtherStatements(d, account) {
		all = append(all, edit{"also " + name, func(d *policy.Document) { d.Statements = append(d.Statements, s) }})
	}
	for i, s := range d.Statements {
		add := func(name string, apply func(*policy.Statement)) {
			all = append(all, edit{s.Sid + ": " + name, func(d *policy.Document) { apply(&d.Statements[i]) }})
		}
		if len(d.Statements) > 1 {
			all = append(all, edit{s.Sid + ": dropped", func(d *policy.Document) { d.Statements = slices.Delete(d.Statements, i, i+1) }})
		}
		all = append(all, edit{s.Sid + ": twice", func(d *policy.Document) {
			again := d.Statements[i]
			again.Sid = ""
			d.Statements = append(d.Statements, again)
		}})
		statementEdits(s, add)
		for _, element := range lists(&s) {
			listEdits(element.name, *element.values, account, func(name string, apply func(policy.Values) policy.Values) {
				add(element.name+" "+name, func(s *policy.Statement) {
					values := named(s, element.name)
					*values = apply(*values)
				})
			})
		}
		conditionEdits(s, add)
	}
	return all
}

func statementEdits(s policy.Statement, add func(name string, apply func(*policy.Statement))) {
	add("Sid dropped", func(s *policy.Statement) { s.Sid = "" })
	add("Effect turned round", func(s *policy.Statement) {
		s.Effect = map[policy.Effect]policy.Effect{policy.Allow: policy.Deny, policy.Deny: policy.Allow}[s.Effect]
	})
	add("Effect unreadable", func(s *policy.Statement) { s.Effect = policy.Effect(strings.ToLower(string(s.Effect))) })
	add("Action and NotAction swapped", func(s *policy.Statement) { s.Action, s.NotAction = s.NotAction, s.Action })
	if s.Principal != nil {
		add("Principal and NotPrincipal swapped", func(s *policy.Statement) { s.Principal, s.NotPrincipal = s.NotPrincipal, s.Principal })
		return
	}
	add("Resource and NotResource swapped", func(s *policy.Statement) { s.Resource, s.NotResource = s.NotResource, s.Resource })
}

// listElement is an element of a statement that is one.
type listElement struct {
	name   string
	values *policy.Values
}

func lists(s *policy.Statement) []listElement {
	all := []listElement{{"Action", &s.Action}, {"NotAction", &s.NotAction}, {"Resource", &s.Resource}, {"NotResource", &s.NotResource}}
	if s.Principal != nil {
		all = append(all, listElement{"Principal", &s.Principal.AWS})
	}
	return slices.DeleteFunc(all, func(l listElement) bool { return *l.values == nil })
}

func named(s *policy.Statement, name string) *policy.Values {
	all := lists(s)
	return all[slices.IndexFunc(all, func(l listElement) bool { return l.name == name })].values
}

// listEdits drop, repeat and widen each item, and add others.
func listEdits(element string, values policy.Values, account policy.Account, add func(name string, apply func(policy.Values) policy.Values)) {
	for i, item := range values {
		if len(values) == 1 {
			add("emptied", func(policy.Values) policy.Values { return policy.Values{} })
		} else {
			add(item+" dropped", func(v policy.Values) policy.Values { return slices.Delete(v, i, i+1) })
		}
		add(item+" twice", func(v policy.Values) policy.Values { return append(v, item) })
		if upper := strings.ToUpper(item); strings.HasSuffix(element, "Action") && upper != item {
			add(item+" in upper case", func(v policy.Values) policy.Values { return replaced(v, i, upper) })
		}
		for _, wider := range widened(item) {
			name := item + " to " + wider
			if strings.Count(wider, "{") > strings.Count(wider, "}") {
				name += " unclosed"
			}
			add(name, func(v policy.Values) policy.Values { return replaced(v, i, wider) })
		}
	}
	for _, item := range furtherItems(element, account) {
		if !slices.Contains(values, item) {
			add("also "+item, func(v policy.Values) policy.Values { return append(v, item) })
		}
	}
}

func replaced(v policy.Values, i int, item string) policy.Values {
	v[i] = item
	return v
}

// widened are texts with a wildcard in the place of a token, or beside one.
func widened(item string) []string {
	begin := strings.LastIndexAny(strings.ReplaceAll(item, "${aws:", "${aws."), ":/") + 1
	all := []string{item + "*", item[:len(item)-1] + "?", item[:begin] + "*", item[:begin] + "*" + item[begin:], "*"}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(text string) bool { return text == item })
}

func furtherItems(element string, account policy.Account) []string {
	other := policy.Account{Partition: account.Partition, ID: "444455556666"}
	switch element {
	case "Action", "NotAction":
		return []string{
			"sts:AssumeRole", "sts:GetFederationToken", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice",
			"iam:CreateAccessKey", "s3:GetObject", "ec2:*", "iam:*", "iam:?*", "sts:*", "*", "mgh:NotifyMigrationTaskState",
		}
	case "Principal":
		return []string{
			account.ID, account.UserARN("/", "mallory"), account.UserARN("/x/", "alice"), account.RoleARN("/", "deployer"),
			account.RoleARN("/", "cli-dev-power-user"), account.RoleSessionARN("deployer", "ci"),
			"arn:" + account.Partition + ":iam::" + account.ID + ":root", "*", other.ID, other.UserARN("/", "alice"),
			other.RoleARN("/", "deployer"), "arn:" + account.Partition + ":sts::" + account.ID + ":federated-user/mallory",
		}
	}
	return []string{
		"*", "arn:" + account.Partition + ":s3:::*", account.UserARN("/", "mallory"), account.VirtualMFADeviceARN("mallory"),
		account.RoleARN("/", "deployer"), account.RoleARN("/", "*"),
		"arn:" + account.Partition + ":iam::*:user/${aws:username}",
	}
}

// conditionEdits drop and change the condition of a statement, part by part, and
// add to it.
func conditionEdits(s policy.Statement, add func(name string, apply func(*policy.Statement))) {
	more := func(operator, key, value string) {
		add(strings.Join([]string{"Condition also", operator, key, value}, " "), func(s *policy.Statement) {
			if s.Condition == nil {
				s.Condition = policy.Condition{}
			}
			s.Condition[operator] = map[string]policy.Values{key: {value}}
		})
	}
	more("NotIpAddress", "aws:SourceIp", "192.0.2.0/24")
	more("StringLike", "aws:UserAgent", "*console*")
	more("DateLessThan", "aws:CurrentTime", "2030-01-01")
	more("StringEquals", "aws:PrincipalType", "User")
	for operator, block := range s.Condition {
		add("Condition dropped", func(s *policy.Statement) { s.Condition = nil })
		for _, another := range everyOperator() {
			if another != operator {
				add(operator+" to "+another, func(s *policy.Statement) { s.Condition = policy.Condition{another: s.Condition[operator]} })
			}
		}
		for key, values := range block {
			at := func(name string, apply func(block map[string]policy.Values)) {
				add(operator+" "+name, func(s *policy.Statement) { apply(s.Condition[operator]) })
			}
			value, opposite := values[0], map[string]string{"true": "false", "false": "true"}[values[0]]
			if len(block) > 1 {
				at(key+" dropped", func(b map[string]policy.Values) { delete(b, key) })
			}
			at(key+" emptied", func(b map[string]policy.Values) { b[key] = policy.Values{} })
			at(key+" "+value+" twice", func(b map[string]policy.Values) { b[key] = policy.Values{value, value} })
			at(key+" "+value+" also "+opposite, func(b map[string]policy.Values) { b[key] = policy.Values{value, opposite} })
			at(key+" "+value+" to "+opposite, func(b map[string]policy.Values) { b[key] = policy.Values{opposite} })
			at(key+" "+value+" unreadable", func(b map[string]policy.Values) { b[key] = policy.Values{"*"} })
			for _, another := range []string{key + "ed", "aws:SecureTransport", "aws:MultiFactorAuthAge"} {
				at(key+" to "+another, func(b map[string]policy.Values) { delete(b, key); b[another] = values })
			}
			at("also aws:SecureTransport "+value+" beside "+key, func(b map[string]policy.Values) { b["aws:SecureTransport"] = values })
		}
	}
}

// everyOperator is each with and without what may stand before and behind it.
func everyOperator() []string {
	var all []string
	for operator := range strings.FieldsSeq(`StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase
		StringLike StringNotLike NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan
		NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan
		DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike Null`) {
		for _, before := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			all = append(all, before+operator, before+operator+"IfExists")
		}
	}
	return all
}

// furtherStatements grant what nobody meant, or deny what somebody did, but for one.
func furtherStatements(d policy.Document, account policy.Account) map[string]policy.Statement {
	everything := policy.Values{"*"}
	own := policy.Values{account.UserARN("/", "${aws:username}")}
	withoutMFA := func(keys ...string) policy.Condition {
		block := map[string]policy.Values{}
		for _, key := range keys {
			block[key] = policy.Values{"false"}
		}
		return policy.Condition{"BoolIfExists": block}
	}
	if trust := d.Statements[0]; trust.Principal != nil {
		bare, denied := trust, trust
		bare.Sid, bare.Condition = "", nil
		denied.Sid, denied.Effect = "", policy.Deny
		saml := policy.Values{"arn:" + account.Partition + ":iam::" + account.ID + ":saml-provider/okta"}
		return map[string]policy.Statement{
			"the users without MFA": bare, "a deny of the users": denied,
			"a service": {
				Effect: policy.Allow, Action: trust.Action, Principal: &policy.Principal{Service: policy.Values{"lambda.amazonaws.com"}},
			},
			"an identity provider": {
				Effect: policy.Allow, Action: policy.Values{"sts:AssumeRoleWithSAML"}, Principal: &policy.Principal{Federated: saml},
			},
			"a deny that adds nothing": {
				Effect: policy.Deny, Action: everything, Principal: &policy.Principal{All: true}, Condition: withoutMFA(policy.KeyMFAPresent),
			},
		}
	}
	return map[string]policy.Statement{
		"everything": {Effect: policy.Allow, Action: everything, Resource: everything},
		"one action": {Effect: policy.Allow, Action: policy.Values{"mgh:NotifyMigrationTaskState"}, Resource: everything},
		"one role": {
			Effect: policy.Allow, Action: policy.Values{"sts:AssumeRole"}, Resource: policy.Values{account.RoleARN("/", "deployer")},
		},
		"keys of one's own":    {Effect: policy.Allow, Action: policy.Values{"iam:CreateAccessKey"}, Resource: own},
		"a deny of everything": {Effect: policy.Deny, Action: everything, Resource: everything},
		"a deny of AssumeRole": {Effect: policy.Deny, Action: policy.Values{"sts:AssumeRole"}, Resource: everything},
		"a deny of others' keys": {
			Effect: policy.Deny, Action: policy.Values{"iam:CreateAccessKey"}, NotResource: own,
		},
		"a deny that binds services, too": {
			Effect: policy.Deny, Action: policy.Values{"s3:PutObject"}, Resource: everything, Condition: withoutMFA(policy.KeyMFAPresent),
		},
		"a deny that adds nothing": {
			Effect: policy.Deny, Action: policy.Values{"s3:*"}, Resource: everything,
			Condition: withoutMFA(policy.KeyMFAPresent, policy.KeyViaAWSService),
		},
	}
}
