package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Holder is who the policies of a [Change] are about.
type Holder uint8

// The holders.
const (
	// HeldByAnybody is for identity-based policies of which nobody says to whom
	// they are attached: users, and sessions of roles.
	HeldByAnybody Holder = iota
	// HeldByUsers is for those of a group.
	HeldByUsers
	// HeldByRole is for those of a role.
	HeldByRole
	// TrustOfRole is for the trust policy of a role.
	TrustOfRole
)

// Change is the policies that decide together, before and after.
type Change struct {
	Account Account
	Holder  Holder
	// RoleARN is the role whose policies they are.
	RoleARN string
	// UserARNs are shown rather than other users.
	UserARNs      []string
	Before, After []NamedDocument
	// BoundaryBefore and BoundaryAfter are the permissions boundary of the holder.
	BoundaryBefore, BoundaryAfter *NamedDocument
	// SCPs are in force before and after: see [Deployment].
	SCPs []NamedDocument
}

// Difference is what a [Change] comes to.
type Difference struct {
	Added, Removed []Access
	// Classes is the number of requests evaluated, on either side.
	Classes int
	// Undecided says why more may be added or removed, each reason once.
	Undecided []string
}

// Access is requests that one side of a change allows and the other does not,
// decided by the same statements.
type Access struct {
	// Request is one of them, with the condition keys that matter. [Evaluate]
	// decides it as Before and After say.
	Request Request
	// Attached is what else is attached to the caller: nothing, or
	// AdministratorAccess, which stands for whatever else.
	Attached string
	// Keys are those of the request that may be chosen, each as key=value.
	Keys          []string
	Before, After Decision
	// Callers to Resources are those of the classes of all requests.
	Callers, Credentials, Actions, Resources []string
	// Classes is the number of these classes.
	Classes int
}

// Diff decides what access a change adds and what it takes away, for callers who
// have nothing else and for administrators. That is enough for whatever else is
// attached, which is the same on both sides: it denies a request on both, allows
// it, as AdministratorAccess does, or has no say.
//
// Whoever holds the credential chooses the condition keys, as in [Verify]. What
// the policies of resources say is left out: an identity-based policy counts as
// if the resource were of the caller's account. The error is about a document
// that [Compile] refuses.
func Diff(c Change) (Difference, error) {
	d := differ{change: c, prover: newProver(Deployment{Account: c.Account})}
	var errs [3]error
	d.before, errs[0] = c.compile(c.Before, c.BoundaryBefore)
	d.after, errs[1] = c.compile(c.After, c.BoundaryAfter)
	d.scps, errs[2] = compileSCPs(c.SCPs)
	if err := errors.Join(errs[:]...); err != nil {
		return Difference{}, err
	}
	d.prepare()
	callers, err := d.callers()
	d.note(err)
	for _, caller := range callers {
		for _, credential := range credentialsOf(caller.Kind) {
			d.decide(newSubject(caller, credential), false)
			if caller.hasIdentity() {
				d.decide(newSubject(caller, credential), true)
			}
		}
	}
	for _, list := range []*[]Access{&d.found.Added, &d.found.Removed} {
		*list = merged(merged(*list, firstCaller), whetherMFA)
	}
	return d.found, nil
}

type differ struct {
	*prover

	change        Change
	before, after Policies
	found         Difference
}

func (c Change) compile(documents []NamedDocument, boundary *NamedDocument) (Policies, error) {
	list, err := compileAll(documents)
	if err != nil {
		return Policies{}, err
	}
	if c.Holder == TrustOfRole {
		trust := Attached{Name: "no trust policy", Policy: &Compiled{}}
		if len(list) > 0 {
			trust = list[0]
		}
		return Policies{Trust: &trust}, nil
	}
	policies := Policies{Identity: list, ResourceAccount: c.Account.ID}
	policies.Boundary, err = compileBoundary(boundary)
	return policies, err
}

func (d *differ) note(err error) {
	if err != nil {
		d.found.Undecided = appendNew(d.found.Undecided, err.Error())
	}
}

// callers stand for all who may ask, those whom the policies name first.
func (d *differ) callers() ([]Caller, error) {
	if d.change.Holder == TrustOfRole {
		trust := together(*d.before.Trust, *d.after.Trust)
		callers, err := d.strangersTo(&compiledRole{trust: trust})
		return append(callers, d.unknown(trust)...), err
	}
	both, roles := d.both(), []string{d.change.RoleARN}
	var users []class
	var errs [2]error
	if d.change.Holder != HeldByRole {
		users, errs[0] = d.memberClasses(both, d.change.UserARNs)
	}
	if d.change.Holder == HeldByAnybody {
		roles, errs[1] = d.roleClasses(both)
	}
	var callers []Caller
	for _, user := range users {
		callers = append(callers, userCaller(IAMARN{Account: d.change.Account.ID}, user.text))
	}
	for _, text := range roles {
		if arn, err := ParseIAMARN(text); err == nil && arn.Kind == "role" {
			callers = append(callers, roleCaller(arn, text))
		}
	}
	return callers, errors.Join(errs[:]...)
}

// both are the identity-based policies of both sides, and what limits them.
func (d *differ) both() []Attached {
	var all []Attached
	for _, side := range []*Policies{&d.before, &d.after} {
		all = slices.Concat(all, side.Identity, listOf(side.Boundary))
	}
	return append(all, d.scps...)
}

// roleClasses are the ARNs of one role for each way in which what the conditions
// say of the caller's can turn out.
func (d *differ) roleClasses(policies []Attached) ([]string, error) {
	prefix := d.change.Account.iam("role/")
	t := testsOf(identityNames(prefix))
	for c := range conditionsOf(policies) {
		t.add(c.aboutCaller(prefix)...)
	}
	return textsOf(t.classes([]string{prefix + "example-role"}))
}

// unknown are those whom a trust policy names by an id alone.
func (d *differ) unknown(trust Attached) []Caller {
	var callers []Caller
	account := d.change.Account
	for s := range statementsOf([]Attached{trust}) {
		for _, id := range cmp.Or(s.principals, &principals{}).named {
			if !uniqueIDPattern().MatchString(id) {
				continue
			}
			arn := IAMARN{Partition: account.Partition, Account: account.ID, Name: id}
			caller := userCaller(arn, account.UserARN("/", id))
			if !strings.HasPrefix(id, "AIDA") {
				caller = roleCaller(arn, account.RoleARN("/", id))
			}
			caller.UniqueID = id
			callers = append(callers, caller)
		}
	}
	return callers
}

// credentialsOf are those with which a kind of callers can ask, without MFA first.
func credentialsOf(kind CallerKind) []Credential {
	switch kind {
	case UserCaller:
		return slices.Concat(credentialsWithoutMFA(), credentialsWithMFA(), []Credential{ViaService})
	case RoleSessionCaller:
		return []Credential{RoleSession, RoleChain, ViaService}
	default:
		return []Credential{LongTermKey}
	}
}

// ofTrust are the actions that a trust policy decides about.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservicests.html
func ofTrust(kind CallerKind) []string {
	return append(waysToAssume(kind), "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")
}

// decide looks at all requests of the subject.
func (d *differ) decide(who subject, asAdministrator bool) {
	before, after := d.limited(who, d.before), d.limited(who, d.after)
	s := newSpace(who, before, asAdministrator)
	s.statements = append(s.statements, newSpace(who, after, asAdministrator).statements...)
	s.known = d.known
	attached := nothingElse
	if asAdministrator {
		attached = administrator
		before.Identity = append(slices.Clip(before.Identity), d.administrator)
		after.Identity = append(slices.Clip(after.Identity), d.administrator)
	}
	if d.change.Holder == TrustOfRole {
		for _, action := range ofTrust(who.caller.Kind) {
			c, err := s.request(action, d.change.RoleARN)
			d.compare(&c, err, before, after, attached)
		}
		return
	}
	spec := specification{
		name:      "difference",
		actions:   []Values{{assumeRole}, {assumeRole + "WithSAML", assumeRole + "WithWebIdentity"}},
		resources: [][]pattern{patternsOf(d.ownResources(), who.context), nil}, roles: [][]pattern{d.anyRole()},
		familiarActions: familiarActions(), familiarResources: []string{"*", d.change.Account.RoleARN("/", "a-role")},
	}
	d.note(s.each(&spec, func(c requestClass, err error) {
		isCall := c.action.is(assumes)
		if err == nil && isCall && !c.resource.is(isRole) || !isCall && who.credential == AssumeRoleCode {
			return
		}
		d.compare(&c, err, before, after, attached)
	}))
}

// maxTried is how many combinations a difference may take, about a second.
const maxTried = 500_000

// compare looks for a request of the class that is decided otherwise after.
func (d *differ) compare(c *requestClass, undecided error, before, after Policies, attached string) {
	if d.found.Classes > maxTried {
		undecided = errTooMany
	}
	d.note(undecided)
	if undecided != nil {
		return
	}
	for _, way := range []struct {
		list          *[]Access
		without, with *Policies
	}{{&d.found.Added, &before, &after}, {&d.found.Removed, &after, &before}} {
		gained := func(context Context) bool {
			return d.evaluate(c, context, *way.with).Allowed && !d.evaluate(c, context, *way.without).Allowed
		}
		context, found, tried, err := c.find(gained)
		d.found.Classes += tried
		d.note(err)
		if !found {
			continue
		}
		context, keys := c.needed(context, gained)
		*way.list = append(*way.list, Access{
			Request: Request{
				Caller: c.space.caller, Action: c.action.text, Resource: c.resource.text, Context: context,
			},
			Attached: attached, Keys: keys,
			Before: d.evaluate(c, context, before), After: d.evaluate(c, context, after),
			Callers: []string{c.space.caller.inWords()}, Credentials: []string{string(c.space.credential)},
			Actions: []string{c.action.text}, Resources: []string{c.resource.text}, Classes: 1,
		})
	}
}

// merged has requests together that the same statements decide and that are alike.
func merged(list []Access, alike func(Access) string) []Access {
	var all []Access
	for _, more := range list {
		i := slices.IndexFunc(all, func(one Access) bool {
			return one.Before == more.Before && one.After == more.After && alike(one) == alike(more)
		})
		if i < 0 {
			all = append(all, more)
			continue
		}
		into := &all[i]
		into.Classes += more.Classes
		into.Callers = appendNew(into.Callers, more.Callers...)
		into.Credentials = appendNew(into.Credentials, more.Credentials...)
		into.Actions = appendNew(into.Actions, more.Actions...)
		into.Resources = appendNew(into.Resources, more.Resources...)
	}
	return all
}

func firstCaller(a Access) string { return a.Callers[0] }

// whetherMFA says whether the callers can do it without MFA, and with it: nobody is
// shown to get around MFA where only somebody else does.
func whetherMFA(a Access) string {
	without := slices.DeleteFunc(slices.Clone(a.Credentials), func(text string) bool {
		return !slices.Contains(append(credentialsWithoutMFA(), RoleSession), Credential(text))
	})
	return fmt.Sprint(len(without) > 0, len(without) < len(a.Credentials))
}
