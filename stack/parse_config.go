package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/spelling"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Keys are the configuration keys that there are, without namespace, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(keys())) }

// keys are the configuration keys and what reads each.
func keys() map[string]func(p *parser, key, value string) {
	return map[string]func(p *parser, key, value string){
		"roles": (*parser).roles,
		"enrolment": func(p *parser, key, value string) {
			choose(p, key, value, &p.config.Enrolment, policy.SelfService, policy.AdminEnrolment)
		},
		"enforce": func(p *parser, key, value string) {
			p.config.WithoutDeny = !p.flag(key, value, true)
		},
		"namePrefix": (*parser).namePrefix,
		"mfaDeviceName": func(p *parser, key, value string) {
			choose(p, key, value, &p.config.DeviceName, policy.UsernameDevice, policy.AnyDevice)
		},
		"adopt": func(p *parser, key, value string) {
			p.config.Adopt = p.named(key, p.listOrNone(key, value), policy.CheckPolicyName)
		},
		"exemptActions":         (*parser).exemptActions,
		"exemptActionsAtMyRisk": (*parser).exemptActionsAtMyRisk,
		"selfServiceAccessKeys": func(p *parser, key, value string) {
			p.config.SelfServiceAccessKeys = p.flag(key, value, false)
		},
		"trustPolicyQuota": (*parser).trustPolicyQuota,
		"withoutRole": func(p *parser, key, value string) {
			p.config.WithoutRole = p.named(key, p.listOrNone(key, value), policy.CheckUserName)
		},
	}
}

// roleKeys are the keys of one role and what reads each.
func roleKeys() map[string]func(p *parser, role *Role, key string, value any) {
	return map[string]func(p *parser, role *Role, key string, value any){
		"policies": func(p *parser, r *Role, key string, v any) { r.ManagedPolicies = p.list(key, v) },
		"groups": func(p *parser, r *Role, key string, v any) {
			r.Groups = p.named(key, p.list(key, v), policy.CheckGroupName)
		},
		"users": func(p *parser, r *Role, key string, v any) {
			r.Users = p.named(key, p.list(key, v), policy.CheckUserName)
		},
		"maxSessionDuration":  func(p *parser, r *Role, key string, v any) { r.MaxSessionDuration = p.duration(key, v) },
		"permissionsBoundary": func(p *parser, r *Role, key string, v any) { r.PermissionsBoundary = p.text(key, v) },
		"description":         (*parser).description,
	}
}

func (p *parser) description(role *Role, key string, value any) {
	text := p.text(key, value)
	if err := policy.CheckRoleDescription(text); err != nil {
		p.problem(key, "", err.Error(), "write at most 1,000 plain characters, with - for a dash and straight quotes")
		return
	}
	role.Description = text
}

// Parse reads the configuration of a project's stack from its keys, without namespace, and
// their values as Pulumi hands them over: text, or JSON where structured. It
// returns every problem, and a configuration in which a bad value counts as
// not given, so that the account can be looked up all the same.
func Parse(project, stack string, values map[string]string) (Config, []Problem) {
	p := &parser{config: defaults(project, stack)}
	known := keys()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if parse, ok := known[key]; ok {
			parse(p, p.config.key(key), values[key])
		} else {
			p.unknown(p.config.key(""), key, slices.Sorted(maps.Keys(known)))
		}
	}
	if _, ok := values["roles"]; !ok {
		p.problem(p.config.key("roles"), "", "no roles are configured", "name at least one role, as Pulumi.dev.yaml does")
	}
	if p.config.Enrolment == policy.AdminEnrolment {
		p.noneExempt("exemptActions", &p.config.ExemptActions)
		p.noneExempt("exemptActionsAtMyRisk", &p.config.ExemptActionsAtMyRisk)
	}
	return p.config, p.problems
}

type parser struct {
	config   Config
	problems []Problem
}

func (p *parser) problem(key, value, rule, remedy string) {
	p.problems = append(p.problems, Problem{Key: key, Value: value, Rule: rule, Remedy: remedy})
}

func (p *parser) unknown(prefix, key string, known []string) {
	remedy := "the keys are " + strings.Join(known, ", ")
	if nearest := spelling.Nearest(key, slices.Values(known)); nearest != "" {
		remedy = fmt.Sprintf("did you mean %s? The keys are %s", nearest, strings.Join(known, ", "))
	}
	p.problem(prefix+key, "", "there is no such key", remedy)
}

func (p *parser) roles(key, value string) {
	object := p.object(key, decode(value))
	if object != nil && len(object) == 0 {
		p.problem(key, "{}", "no roles are configured", "name at least one role, as Pulumi.dev.yaml does")
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		roleKey := key + "." + name
		if err := policy.CheckRoleName(name); err != nil {
			p.problem(roleKey, "", err.Error(), "rename the role")
			continue
		}
		if other, twice := seen[strings.ToLower(name)]; twice {
			p.problem(roleKey, "", "to IAM this is the same name as "+other, "rename one of them: other capitals are not enough")
			continue
		}
		seen[strings.ToLower(name)] = name
		if role, ok := p.role(roleKey, object[name]); ok {
			p.config.Roles[name] = role
		}
	}
}

func (p *parser) role(key string, value any) (Role, bool) {
	object := p.object(key, value)
	if object == nil {
		return Role{}, false
	}
	role := Role{MaxSessionDuration: policy.MinSessionDuration}
	known := roleKeys()
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if parse, ok := known[name]; ok {
			parse(p, &role, key+"."+name, object[name])
		} else {
			p.unknown(key+".", name, slices.Sorted(maps.Keys(known)))
		}
	}
	if _, ok := object["policies"]; !ok {
		p.problem(key+".policies", "", "a role without policies can do nothing",
			"list what its users may do, e.g. [PowerUserAccess]")
	}
	if _, ok := object["groups"]; !ok {
		p.problem(key+".groups", "", "a role needs a group whose members use it: the deny without MFA is attached there",
			"list existing groups, e.g. [developers]")
	}
	return role, true
}

// choose sets what the value names, and is a problem where it names no choice.
func choose[T ~string](p *parser, key, value string, chosen *T, choices ...T) {
	if slices.Contains(choices, T(value)) {
		*chosen = T(value)
		return
	}
	p.problem(key, value, "there is no such value", fmt.Sprintf("write %s or %s", choices[0], choices[1]))
}

// flag reads true or false.
func (p *parser) flag(key, value string, otherwise bool) bool {
	chosen := strconv.FormatBool(otherwise)
	choose(p, key, value, &chosen, "true", "false")
	return chosen == "true"
}

func (p *parser) namePrefix(key, value string) {
	if value == "" {
		return
	}
	if err := policy.CheckRoleName(value); err != nil {
		p.problem(key, value, err.Error(), "choose another prefix or remove the key: the default is "+p.config.NamePrefix)
		return
	}
	p.config.NamePrefix = value
}

func (p *parser) trustPolicyQuota(key, value string) {
	quota, err := strconv.Atoi(value)
	if err != nil || quota < minTrustPolicyQuota || quota > maxTrustPolicyQuota {
		p.problem(key, value, fmt.Sprintf("it must be a number from %d to %d", minTrustPolicyQuota, maxTrustPolicyQuota),
			"remove the key unless AWS raised the quota of this account, and then give that number")
		return
	}
	p.config.TrustPolicyQuota = quota
}

func (p *parser) exemptActions(key, value string) {
	p.config.ExemptActions = p.actions(key, value, policy.CheckExemptAction, func(action string) string {
		for _, harmless := range policy.Exemptions() {
			if strings.EqualFold(strings.TrimSpace(action), harmless.Action) {
				return "write " + harmless.Action
			}
		}
		if policy.CheckActionAtRisk(action) == nil {
			return "remove it, or move it to " + p.config.key("exemptActionsAtMyRisk") + ", which the proof will name"
		}
		return "remove it"
	})
}

func (p *parser) exemptActionsAtMyRisk(key, value string) {
	p.config.ExemptActionsAtMyRisk = p.actions(key, value, policy.CheckActionAtRisk, func(action string) string {
		if policy.CheckExemptAction(action) == nil {
			return "move it to " + p.config.key("exemptActions")
		}
		return "remove it"
	})
}

// actions are those of a list that the check takes.
func (p *parser) actions(
	key, value string, check func(string) error, remedy func(action string) string,
) (taken []string) {
	for i, action := range p.listOrNone(key, value) {
		if err := check(action); err != nil {
			p.problem(fmt.Sprintf("%s[%d]", key, i), action, err.Error(), remedy(action))
			continue
		}
		taken = append(taken, action)
	}
	return taken
}

// noneExempt takes the actions away where enrolment allows none.
func (p *parser) noneExempt(name string, actions *[]string) {
	if len(*actions) > 0 {
		p.problem(p.config.key(name), strings.Join(*actions, ", "),
			"enrolment: admin denies everything without MFA, with no exception",
			"remove the actions or choose enrolment: self-service")
		*actions = nil
	}
}

// listOrNone reads a list that may be empty.
func (p *parser) listOrNone(key, value string) []string {
	decoded := decode(value)
	if none, ok := decoded.([]any); ok && len(none) == 0 {
		return nil
	}
	return p.list(key, decoded)
}

// decode reads a structured value; what is not JSON is a text.
func decode(value string) any {
	var decoded any
	dec := json.NewDecoder(strings.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&decoded); err != nil || dec.More() {
		return value
	}
	return decoded
}

// isNull is the problem of a key without a value.
func (p *parser) isNull(key string, value any) bool {
	if value == nil {
		p.problem(key, "", "it has no value", "give it one, or remove the key")
	}
	return value == nil
}

func (p *parser) object(key string, value any) map[string]any {
	object, ok := value.(map[string]any)
	if p.isNull(key, value) {
		return nil
	}
	if !ok {
		p.problem(key, show(value), "it must be a map", "indent its keys below it")
		return nil
	}
	return object
}

func (p *parser) text(key string, value any) string {
	text, ok := value.(string)
	if !ok && !p.isNull(key, value) {
		p.problem(key, show(value), "it must be text", "put it in quotes")
	}
	return text
}

// list reads a list of distinct texts. An absent list is nil, an empty one is
// a problem: it would say the opposite of what leaving it out says.
func (p *parser) list(key string, value any) []string {
	items, ok := value.([]any)
	if p.isNull(key, value) {
		return nil
	}
	if !ok {
		p.problem(key, show(value), "it must be a list", "write [a, b]")
		return nil
	}
	if len(items) == 0 {
		p.problem(key, "[]", "the list is empty", "name at least one, or remove the key")
		return nil
	}
	list := make([]string, 0, len(items))
	seen := map[string]bool{}
	for i, item := range items {
		itemKey := fmt.Sprintf("%s[%d]", key, i)
		before := len(p.problems)
		text := p.text(itemKey, item)
		if len(p.problems) > before {
			continue
		}
		// IAM compares names without regard to case.
		if seen[strings.ToLower(text)] {
			p.problem(itemKey, text, "it is named twice", "remove one")
			continue
		}
		seen[strings.ToLower(text)] = true
		list = append(list, text)
	}
	return list
}

// named are the names of a list that IAM takes.
func (p *parser) named(key string, list []string, check func(string) error) []string {
	return slices.DeleteFunc(list, func(name string) bool {
		err := check(name)
		if err != nil {
			p.problem(key, name, err.Error(), "write the name as IAM shows it, without path or ARN")
		}
		return err != nil
	})
}

func (p *parser) duration(key string, value any) time.Duration {
	if p.isNull(key, value) {
		return policy.MinSessionDuration
	}
	text, _ := value.(string)
	duration, err := time.ParseDuration(text)
	if err == nil {
		err = policy.CheckSessionDuration(duration)
	}
	if err != nil {
		p.problem(key, show(value), fmt.Sprintf("it must be from %s to %s, in whole seconds",
			hours(policy.MinSessionDuration), hours(policy.MaxSessionDuration)), "write a duration such as 1h, 90m or 12h")
		return policy.MinSessionDuration
	}
	return duration
}

func hours(d time.Duration) string { return fmt.Sprintf("%.0fh", d.Hours()) }

// show is a value as the configuration file would have it.
func show(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
