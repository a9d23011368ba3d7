package stack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// ClientConfigVersion is that of [ClientConfig]. It changes when a field
// changes its meaning or goes, not when one is added.
const ClientConfigVersion = 1

// Outputs are the stack outputs, as pulumi stack output --json prints them.
type Outputs struct {
	// RoleARNs by role, as configured.
	RoleARNs map[string]string `json:"roleArns"`
	// MFAPolicyARNs are the managed policies by group.
	MFAPolicyARNs map[string]string `json:"mfaPolicyArns"`
	// Grants are the ARNs of the roles that each group may assume.
	Grants map[string][]string `json:"grants"`
	// ExemptActions are allowed without MFA besides the enrolment set.
	ExemptActions []string `json:"exemptActions"`
	// RolePolicyARNs are the managed policies of each role, by role; nil in outputs
	// of before they had any.
	RolePolicyARNs map[string][]string `json:"rolePolicyArns"`
	// Settings are what else the configuration said; nil in outputs of before they
	// had any.
	Settings *Settings `json:"settings"`
	// ExemptActionsAtMyRisk are not denied without MFA either, at the risk of whoever
	// configured it. Outputs without it can be read.
	ExemptActionsAtMyRisk []string `json:"exemptActionsAtMyRisk"`
	// Leaving are users who stay trusted until the next pulumi up, although they are
	// not meant to be.
	Leaving []Leaving `json:"leaving"`
	// ClientConfig is what a client needs for its profiles.
	ClientConfig ClientConfig `json:"clientConfig"`
}

// Settings are values of the configuration, by their keys there, that say what is
// meant by what was deployed.
type Settings struct {
	Enforce       bool              `json:"enforce"`
	Enrolment     policy.Enrolment  `json:"enrolment"`
	MFADeviceName policy.DeviceName `json:"mfaDeviceName"`
	WithoutRole   []string          `json:"withoutRole"`
	// SelfServiceAccessKeys is false in outputs of before there was that key.
	SelfServiceAccessKeys bool `json:"selfServiceAccessKeys"`
}

// Leaving are users whom a role stops to trust, but for whom there was no other role
// before this deploy: the next one lets them go.
type Leaving struct {
	// Role is the role's name in the configuration.
	Role string `json:"role"`
	// Users are the names of the users, sorted.
	Users []string `json:"users"`
}

// Leaving are the users who leave roles, sorted by role.
func (p Plan) Leaving() []Leaving {
	leaving := []Leaving{}
	for _, role := range p.Roles {
		if users := p.Order.Leaving[role.Key]; len(users) > 0 {
			leaving = append(leaving, Leaving{Role: role.Key, Users: userNames(users)})
		}
	}
	return leaving
}

// ClientConfig is what onboarding turns into profiles of ~/.aws/config.
type ClientConfig struct {
	// Version is [ClientConfigVersion].
	Version int `json:"version"`
	// Project is the name of the Pulumi project, without which Stack names no one
	// stack of an account. Outputs without it can be read.
	Project string `json:"project"`
	// Stack is the name of the stack.
	Stack     string `json:"stack"`
	Partition string `json:"partition"`
	AccountID string `json:"accountId"`
	Region    string `json:"region"`
	// Profiles are sorted by name.
	Profiles []Profile `json:"profiles"`
}

// Profile is one profile of the AWS CLI: one role.
type Profile struct {
	// Name is <stack>-<role>.
	Name    string `json:"name"`
	RoleARN string `json:"roleArn"`
	// DurationSeconds is the longest session the role allows.
	DurationSeconds int `json:"durationSeconds"`
	// TrustedUsers are the names of the IAM users who may assume the role,
	// sorted.
	TrustedUsers []string `json:"trustedUsers"`
}

// Duration is DurationSeconds as a duration.
func (p Profile) Duration() time.Duration { return time.Duration(p.DurationSeconds) * time.Second }

// ProfileName is the name of a role's profile: <stack>-<role>.
func (c Config) ProfileName(role policy.Role) string { return c.Stack + "-" + role.Key }

// TrustedUsers are the names of the users whom a planned role trusts, sorted.
func TrustedUsers(role policy.Role) []string { return userNames(role.TrustedUserARNs) }

// userNames are the names in the ARNs of users, sorted.
func userNames(arns []string) []string {
	names := make([]string, 0, len(arns))
	for _, text := range arns {
		if arn, err := policy.ParseIAMARN(text); err == nil {
			names = append(names, arn.Name)
		}
	}
	slices.Sort(names)
	return names
}

// ParseOutputs reads what pulumi stack output --json prints. It refuses a
// version of the client configuration that it does not know, and reports all
// other problems of it at once, each with its key and value: what is in it ends
// up in files that programs, and by credential_process shells, act upon.
func ParseOutputs(text []byte) (Outputs, error) {
	// Windows PowerShell writes a byte order mark, which is no JSON.
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	outputs, err := decodeOutputs(text)
	if err != nil {
		return Outputs{}, fmt.Errorf("stack outputs: %w", err)
	}
	if v := outputs.ClientConfig.Version; v != ClientConfigVersion {
		return Outputs{}, fmt.Errorf("stack outputs: clientConfig is of version %d, this program reads version %d: "+
			"deploy the stack and read it with the same version of this program", v, ClientConfigVersion)
	}
	if err := errors.Join(outputs.checkLeaving(), outputs.ClientConfig.check()); err != nil {
		return Outputs{}, fmt.Errorf("stack outputs: %w", err)
	}
	return outputs, nil
}

func (o Outputs) checkLeaving() error {
	var errs []error
	for i, leaving := range o.Leaving {
		err := policy.CheckRoleName(leaving.Role)
		for _, user := range leaving.Users {
			err = errors.Join(err, policy.CheckUserName(user))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("leaving[%d]: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

// decodeOutputs reads the JSON. Its errors say what else the text is, and what to
// give.
func decodeOutputs(text []byte) (outputs Outputs, err error) {
	const remedy = "give what 'pulumi stack output --json' prints"
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return outputs, errors.New("there are none, the text is empty: " + remedy)
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		return outputs, errors.New("the text is in UTF-16, as > of Windows PowerShell writes it: save it as UTF-8 " +
			"(pulumi stack output --json | Out-File -Encoding utf8 outputs.json)")
	}
	if err := json.Unmarshal(text, &outputs); err != nil {
		if _, ok := errors.AsType[*json.SyntaxError](err); ok {
			err = fmt.Errorf("this is not JSON (%w)", err)
		} else if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			err = fmt.Errorf("%s cannot be a JSON %s", cmp.Or(wrong.Field, "the whole"), wrong.Value)
		}
		return outputs, fmt.Errorf("%w: %s", err, remedy)
	}
	var keys struct {
		ClientConfig *json.RawMessage `json:"clientConfig"`
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		return outputs, err
	}
	if keys.ClientConfig == nil {
		return outputs, errors.New("there is no clientConfig: " + remedy + ", all of it, of a stack that is deployed")
	}
	return outputs, nil
}

// IsRegion reports whether a text has the form of an AWS region.
func IsRegion(text string) bool { return regionForm().MatchString(text) }

// CheckRegion finds what is wrong with aws:region, which may be empty: the provider takes
// any text, and people's profiles would have it.
func CheckRegion(region string) []Problem {
	if region == "" || IsRegion(region) {
		return nil
	}
	return []Problem{{
		Key: "aws:region", Value: region, Rule: "it is no AWS region", Remedy: "write the code of one, such as eu-west-1",
	}}
}

// IsName reports whether Pulumi takes a text for the name of a stack or a project.
//
// https://www.pulumi.com/docs/iac/concepts/stacks/#create-stack
func IsName(text string) bool { return len(text) <= 100 && pulumiName().MatchString(text) }

var (
	pulumiName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.-]+$`) })
	regionForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`) })
	// profileName is a stack and a role: both names have no other characters.
	profileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]+$`) })
)

func (c ClientConfig) check() error {
	errs := []error{
		unless(IsName(c.Stack), "stack", c.Stack, "it must be the name of a Pulumi stack"),
		unless(c.Project == "" || IsName(c.Project),
			"project", c.Project, "it must be the name of a Pulumi project"),
		unless(IsRegion(c.Region), "region", c.Region, "it must be an AWS region, such as eu-west-1"),
	}
	account := policy.Account{Partition: c.Partition, ID: c.AccountID}
	if err := account.Check(); err != nil {
		errs = append(errs, fmt.Errorf("clientConfig.partition, clientConfig.accountId: %w", err))
	}
	for i, profile := range c.Profiles {
		errs = append(errs, profile.check(fmt.Sprintf("profiles[%d].", i), account)...)
	}
	return errors.Join(errs...)
}

func (p Profile) check(at string, account policy.Account) []error {
	const least, most = int(policy.MinSTSDuration / time.Second), int(policy.MaxSessionDuration / time.Second)
	arn, err := policy.ParseIAMARN(p.RoleARN)
	isRole := err == nil && arn.Kind == "role" && arn.Account == account.ID && arn.Partition == account.Partition
	errs := []error{
		unless(profileName().MatchString(p.Name), at+"name", p.Name, "letters, digits and _+=,.@- only"),
		unless(isRole, at+"roleArn", p.RoleARN, "it must be the ARN of a role of the account"),
		unless(p.DurationSeconds >= least && p.DurationSeconds <= most,
			at+"durationSeconds", p.DurationSeconds,
			fmt.Sprintf("it must be from %d to %d", least, most)),
	}
	for i, user := range p.TrustedUsers {
		if err := policy.CheckUserName(user); err != nil {
			errs = append(errs, fmt.Errorf("clientConfig.%strustedUsers[%d]: %w", at, i, err))
		}
	}
	return errs
}

// unless is the error about a key of clientConfig, nil if all is well.
func unless(well bool, key string, value any, rule string) error {
	if well {
		return nil
	}
	if text, ok := value.(string); ok {
		value = strconv.Quote(text)
	}
	return fmt.Errorf("clientConfig.%s is %v: %s", key, value, rule)
}
