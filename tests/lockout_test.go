package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// watcher looks at every member of every group after each write of a deploy (G9).
type watcher struct {
	mu sync.Mutex
	// watching is off while somebody changes the account by hand.
	watching bool
	// excused are those who had no way in before the deploy, and those whose role
	// is another stack's.
	excused map[string]bool
	// before are those who were denied before the change; opened those of them
	// who were not after a write.
	before, opened map[string]bool
	// lockedOut says who, and after which write.
	lockedOut []string
	writes    int
	// denied counts who was denied after a write: zero would mean that nothing
	// was seen.
	denied int
}

func (w *watcher) afterWrite(acct *account.Account) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.watching {
		return
	}
	w.writes++
	seen := look(acct)
	w.denied += len(seen)
	for user, hasRole := range seen {
		if !hasRole && !w.excused[user] {
			w.lockedOut = append(w.lockedOut, fmt.Sprintf("%s after write %d", user, w.writes))
		}
	}
	for user := range w.before {
		if _, denied := seen[user]; !denied {
			w.opened[user] = true
		}
	}
}

// begin watches from now on.
func (w *watcher) begin(acct *account.Account, withoutRole []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watching, w.excused, w.before, w.opened = true, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for user, hasRole := range look(acct) {
		w.before[user], w.excused[user] = true, !hasRole
	}
	for _, user := range withoutRole {
		w.excused[user] = true
	}
}

// end stops, and gives the doors: those who are denied before and after the change
// and were not in between.
func (w *watcher) end(acct *account.Account) (doors []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watching = false
	for user := range look(acct) {
		if w.opened[user] {
			doors = append(doors, user)
		}
	}
	return doors
}

// seen is what was found so far, with the number of writes, and of the times that
// somebody was denied after one.
func (w *watcher) seen() (lockedOut []string, writes, denied int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lockedOut), w.writes, w.denied
}

// look gives every user whom a group denies without MFA, and whether they have a
// role that they may assume and that can do something. It reads the documents
// itself, without this project's evaluator.
func look(acct *account.Account) map[string]bool {
	denied := map[string]bool{}
	groups, _ := acct.ListGroups("")
	for _, group := range groups {
		if !deniesWithoutMFA(acct, group.GroupName) {
			continue
		}
		_, members, _ := acct.GetGroup(group.GroupName)
		for _, user := range members {
			denied[user.UserName] = hasRole(acct, user.ARN)
		}
	}
	return denied
}

func deniesWithoutMFA(acct *account.Account, group string) bool {
	attached, _ := acct.ListAttachedGroupPolicies(group, "")
	return slices.ContainsFunc(attached, func(a account.AttachedPolicy) bool {
		p, _ := acct.GetPolicy(a.PolicyARN)
		version, _ := acct.GetPolicyVersion(a.PolicyARN, p.DefaultVersionID)
		return strings.Contains(version.Document, `"`+policy.SidDenyWithoutMFA+`"`)
	})
}

func hasRole(acct *account.Account, userARN string) bool {
	roles, _ := acct.ListRoles("")
	return slices.ContainsFunc(roles, func(role account.Role) bool {
		attached, _ := acct.ListAttachedRolePolicies(role.RoleName, "")
		return len(attached) > 0 && strings.Contains(role.AssumeRolePolicyDocument, `"Effect":"Allow"`) &&
			strings.Contains(role.AssumeRolePolicyDocument, `"`+userARN+`"`)
	})
}

// transition is one entry of testdata/lockout.yaml.
type transition struct {
	Name    string              `yaml:"name"`
	From    map[string]any      `yaml:"from"`
	To      map[string]any      `yaml:"to"`
	Between map[string][]string `yaml:"between"`
	Refused string              `yaml:"refused"`
}

// lockoutGroups are the account's groups before and after each change.
func lockoutGroups() map[string][]string {
	return map[string][]string{
		"alice": {"developers", "staff"}, "bob": {"developers", "staff"}, "olivia": {"operators", "staff"},
	}
}

// stackFile is the configuration in one of the two columns; empty for no stack.
func stackFile(t *testing.T, column map[string]any) string {
	t.Helper()
	if len(column) == 0 {
		return ""
	}
	config, roles := map[string]any{"aws:region": "eu-west-1"}, map[string]any{}
	for key, value := range column {
		if slices.Contains([]string{"enforce", "namePrefix", "withoutRole"}, key) {
			config["aws-cli-mfa:"+key] = value
			continue
		}
		role := map[string]any{}
		for name, value := range value.(map[string]any) { //nolint:forcetypeassert // The file has nothing else.
			if long := map[string]string{"P": "PowerUserAccess", "R": "ReadOnlyAccess"}[name]; long != "" {
				role["policies"], role["groups"] = []string{long}, value
			} else {
				role[name] = value
			}
		}
		roles[key] = role
	}
	config["aws-cli-mfa:roles"] = roles
	text, err := yaml.Marshal(map[string]any{"config": config})
	require.NoError(t, err)
	return string(text)
}

// TestLockout changes a stack there and back, and fails each write in turn, once
// before it takes effect and once after. After no write is a member of any group
// denied without a role, or open who must be denied; a plain up finishes the job, as
// if nothing had failed, and two are enough for any change. make torture has it do so
// for every change and write, make test for some.
func TestLockout(t *testing.T) {
	t.Parallel()
	some := map[string][]fault{
		"role moves group": {{}, {}}, "roles swapped between groups": {{}, {n: 2, afterEffect: true}, {n: 2, afterEffect: true}},
		"a user changed groups by hand": {{}, {n: 1}, {n: 1}}, "users narrowed": {{}}, "the last member leaves a group": {{}, {}},
		"enforce on and the role comes by the other group": {{}, {n: 1}, {n: 2}},
		"users narrowed whose role is elsewhere":           {{}, {n: 1}, {n: 1}},
	}
	c := &tally{}
	t.Cleanup(func() { c.report(t, "every write of a change fails") })
	for _, change := range transitions(t) {
		faults, all := some[change.Name], os.Getenv(tortureTable) != ""
		if !all && faults == nil {
			continue
		}
		t.Run(change.Name, func(t *testing.T) {
			t.Parallel()
			l := newLockout(t, change, serving{})
			l.run(t, faults, all)
			c.add(l.runs, l.faults)
		})
	}
}

// TestLockoutWhileRolesAreLate has IAM make roles, change whom they trust, attach policies
// to them and detach the deny after whatever else the engine does at the same time. Without any one of
// the dependencies somebody is denied before their role works, or after it has gone.
func TestLockoutWhileRolesAreLate(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"created and destroyed", "users split over two roles", "enforce on and the role comes by the other group",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newLockout(t, transitionNamed(t, name), serving{through: lateRoles}).run(t, []fault{{}, {}}, false)
		})
	}
}

// lateRoles is IAM in whose hands a role takes its time, and so does a deny that goes.
func lateRoles(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		late := []string{"CreateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "DetachGroupPolicy"}
		if form, _ := url.ParseQuery(string(body)); err == nil && slices.Contains(late, form.Get("Action")) {
			time.Sleep(700 * time.Millisecond)
		}
		next.ServeHTTP(w, r)
	})
}

// lockout is one change of one stack.
type lockout struct {
	transition

	cloud      *cloud
	deployment *deployment
	watcher    *watcher
	fail       *failure
	groups     map[string][]string
	// back is the direction of the next change.
	back bool
	// lag, when there is one, turns it on or off that IAM lags behind.
	lag func(on bool)
	// inForce is what the account has after a change without a fault, by direction.
	inForce              map[bool]map[string]string
	runs, faults, mostUp int
}

func newLockout(t *testing.T, change transition, s serving) *lockout {
	t.Helper()
	l := &lockout{
		transition: change, watcher: &watcher{}, fail: &failure{}, groups: map[string][]string{},
		inForce: map[bool]map[string]string{},
	}
	s.faults.Strike, s.afterWrite = l.fail.strike, l.watcher.afterWrite
	l.cloud = newCloud(t, s)
	l.cloud.addUser(t, "sam", "/", "staff")
	l.groups = map[string][]string{"alice": {"developers"}, "bob": {"developers"}, "olivia": {"operators"}, "sam": {"staff"}}
	l.setGroups(t, map[string][]string{"sam": {}})
	l.setGroups(t, lockoutGroups())
	l.deployment = newDeployment(t, l.cloud, devStack(t))
	return l
}

// setGroups changes the groups of users by hand: first in, then out.
func (l *lockout) setGroups(t *testing.T, groups map[string][]string) {
	t.Helper()
	for user, wanted := range groups {
		for _, group := range wanted {
			if !slices.Contains(l.groups[user], group) {
				require.NoError(t, l.cloud.account.AddUserToGroup(group, user))
			}
		}
		for _, group := range l.groups[user] {
			if !slices.Contains(wanted, group) {
				require.NoError(t, l.cloud.account.RemoveUserFromGroup(group, user))
			}
		}
		l.groups[user] = wanted
	}
}

func (l *lockout) run(t *testing.T, faults []fault, all bool) {
	t.Helper()
	l.apply(t, l.From)
	l.inForce[true] = inForce(t, l.cloud.account)
	if l.Refused != "" {
		l.deployment.configure(t, stackFile(t, l.To))
		before, err := json.Marshal(l.cloud.account)
		require.NoError(t, err)
		_, err = l.deployment.Up(t.Context())
		require.ErrorContains(t, err, l.Refused)
		after, err := json.Marshal(l.cloud.account)
		require.NoError(t, err)
		require.JSONEq(t, string(before), string(after), "refused before any write")
		return
	}
	if !all {
		for _, f := range faults {
			l.change(t, f)
		}
	} else {
		l.every(t)
	}
	_, writes, denied := l.watcher.seen()
	require.NotZero(t, denied)
	t.Logf("%d changes with %d writes, %d failed, at most %d ups without a fault", l.runs, writes, l.faults, l.mostUp)
}

// every goes there and back until each direction has met every fault.
func (l *lockout) every(t *testing.T) {
	t.Helper()
	next := map[bool]fault{}
	done := map[bool]bool{}
	for !done[true] || !done[false] {
		direction, f := l.back, next[l.back]
		fired := l.change(t, f)
		if f.n > 0 && !fired {
			done[direction] = true // no write of that number
			continue
		}
		if f.n > 0 && !f.afterEffect {
			next[direction] = fault{n: f.n, afterEffect: true}
		} else {
			next[direction] = fault{n: f.n + 1}
		}
	}
}

// change goes to the other side, with one write failing, until nobody is leaving. It
// reports whether there was such a write.
func (l *lockout) change(t *testing.T, f fault) bool {
	t.Helper()
	target, groups := l.To, lockoutGroups()
	if l.back {
		target = l.From
	} else {
		maps.Copy(groups, l.Between)
	}
	l.setGroups(t, groups)
	l.fail.arm(f)
	if l.lag != nil {
		l.lag(true)
	}
	ups, failed := l.apply(t, target)
	action := l.fail.fired()
	if l.lag != nil { // an up that comes at once reads what was, and takes it for done
		l.lag(false)
		l.apply(t, target)
	}
	if !f.once {
		require.Equal(t, failed, action != "", "%+v: %q", f, action)
	}
	now := inForce(t, l.cloud.account)
	if l.inForce[l.back] == nil {
		require.False(t, failed)
		l.inForce[l.back] = now
	}
	require.Equal(t, l.inForce[l.back], now, "%+v: %q", f, action)
	l.back = !l.back
	l.runs++
	if action != "" {
		l.faults++
	}
	if failed {
		return true
	}
	require.LessOrEqual(t, ups, 2)
	l.mostUp = max(l.mostUp, ups)
	return false
}

// apply deploys until nobody is leaving and nothing failed.
func (l *lockout) apply(t *testing.T, target map[string]any) (ups int, failed bool) {
	t.Helper()
	var without []string
	for _, user := range append(listed(l.From["withoutRole"]), listed(l.To["withoutRole"])...) {
		without = append(without, fmt.Sprint(user))
	}
	l.watcher.begin(l.cloud.account, without)
	for done := false; !done; {
		leaving, err := l.up(t, target)
		ups++
		require.LessOrEqual(t, ups, 5, "%v", err)
		lockedOut, _, _ := l.watcher.seen()
		require.Empty(t, lockedOut, "change %d: %v", l.runs, err)
		failed = failed || err != nil
		l.requireInjected(t, err, l.fail.rest())
		done = err == nil && !leaving
	}
	require.Empty(t, l.watcher.end(l.cloud.account), "doors")
	for user, hasRole := range look(l.cloud.account) {
		require.True(t, hasRole || slices.Contains(without, user), "%s is without a role in the end", user)
	}
	return ups, failed
}

func listed(value any) []any {
	items, _ := value.([]any)
	return items
}

func (l *lockout) up(t *testing.T, target map[string]any) (leaving bool, err error) {
	t.Helper()
	file := stackFile(t, target)
	if file == "" {
		_, err = l.deployment.Destroy(t.Context())
		return false, err
	}
	l.deployment.configure(t, file)
	if _, err := l.deployment.Up(t.Context()); err != nil {
		return false, err
	}
	return len(l.deployment.outputs(t).Leaving) > 0, nil
}

// requireInjected holds that a failure is the injected one, after which a plain up
// goes on. A create that took effect before it failed finds its own work when the SDK
// tries it again.
func (l *lockout) requireInjected(t *testing.T, err error, action string) {
	t.Helper()
	if err == nil {
		return
	}
	if l.fail.armed.name == "killed" {
		require.NoError(t, l.deployment.Cancel(t.Context()))
	}
	expected := `injected|EOF|reset by peer|Timeout|deadline exceeded|killed`
	if l.fail.armed.afterEffect && strings.HasPrefix(action, "Create") {
		expected += "|EntityAlreadyExists"
	}
	require.Regexp(t, expected, err.Error())
}
