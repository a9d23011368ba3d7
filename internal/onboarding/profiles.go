// Package onboarding turns the outputs of a stack into profiles of
// ~/.aws/config for one person.
package onboarding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Mode is how the profiles come by a session of their role.
type Mode string

const (
	// Prompt has the AWS CLI ask for a code for each role.
	Prompt Mode = "prompt"
	// SDK is Prompt, and for each role a second profile for programs that cannot
	// ask: Terraform, Pulumi and the SDKs.
	SDK Mode = "sdk"
	// OneCode has one session with MFA, from which every role is assumed without
	// a code. AWS caps a role session that was begun with a session at an hour.
	//
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
	OneCode Mode = "one-code"
	// Login has a sign-in of aws login instead of an access key and a code. The AWS
	// SDK for Go takes no such profile as the source of another, and botocore needs an
	// extension for it, but both take the program that gives its credentials.
	//
	// https://github.com/aws/aws-sdk-go-v2/issues/3446
	Login Mode = "login"
)

// SessionDuration is how long the session of [OneCode] lasts.
const SessionDuration = policy.MaxSessionTokenDuration

// Person is for whom the profiles are.
type Person struct {
	// UserName is that of the IAM user.
	UserName string
	// SerialNumber is that of the MFA device whose codes the person gives.
	SerialNumber string
	// SourceProfile has the access key, or signs in.
	SourceProfile string
	// SignsIn says that it does so with aws login. There is no device then.
	SignsIn bool
	// EndpointURL is that of the source profile, empty for AWS's own, and Services
	// the name of its section with those of single services. Profiles do not inherit
	// them: a code would go to AWS itself.
	EndpointURL, Services string
	// Prefix is what the names of the profiles begin with.
	Prefix string
}

// Proof is what says who the person is.
func (p Person) Proof() string {
	if p.SignsIn {
		return "sign-in"
	}
	return "access key"
}

// Command is the awsmfa that profiles name in credential_process: its name or
// its path.
type Command string

// Owner is the owner of the stack's block in ~/.aws/config.
func Owner(client stack.ClientConfig) string {
	return fmt.Sprintf("stack %s/%s, account %s", client.Project, client.Stack, client.AccountID)
}

// Others are the other stacks of the project in the account that have profiles in the
// file, as --remove names them, when the client's has none yet: it may be one of them
// that was renamed.
func Others(client stack.ClientConfig, file *awsconfig.File) (stacks []string) {
	if slices.Contains(file.Owners(), Owner(client)) {
		return nil
	}
	account := fmt.Sprintf(", account %s", client.AccountID)
	for _, owner := range file.Owners() {
		name, ours := strings.CutSuffix(strings.TrimPrefix(owner, "stack "), account)
		if ours && strings.HasPrefix(name, client.Project+"/") {
			stacks = append(stacks, name)
		}
	}
	return stacks
}

// IsOf reports whether an owner is a stack of that name, in whatever account. The
// name may have that of the project and a slash before it.
func IsOf(owner, stackName string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(owner, "stack "), ", ")
	return name == stackName || strings.HasSuffix(name, "/"+stackName)
}

// Trusting are the profiles whose role trusts the user.
func Trusting(client stack.ClientConfig, userName string) []stack.Profile {
	var trusting []stack.Profile
	for _, profile := range client.Profiles {
		if slices.Contains(profile.TrustedUsers, userName) {
			trusting = append(trusting, profile)
		}
	}
	return trusting
}

// Block is what belongs into ~/.aws/config. Region and duration are written
// into every profile: none of them is inherited from the source profile. The
// session is named after the user, so that CloudTrail names the person.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
func Block(client stack.ClientConfig, person Person, mode Mode, command Command) (awsconfig.Block, error) {
	w := writer{client: client, person: person}
	switch mode {
	case OneCode:
		w.add(w.session(), w.process(string(command), "credentials", sessionFlag, "--profile", person.SourceProfile,
			serialNumberFlag, person.SerialNumber, "--duration", fmt.Sprintf("%dh", int(SessionDuration.Hours()))))
	case Login:
		words := append([]string{"aws"}, strings.Fields(exportCredentials)...)
		w.add(w.login(), w.process(append(words, "--profile", person.SourceProfile, "--format", "process")...))
	case Prompt, SDK:
	}
	for _, profile := range Trusting(client, person.UserName) {
		profile.Name = person.Prefix + profile.Name
		switch mode {
		case OneCode:
			w.chainedProfile(profile, w.session())
		case Login:
			w.chainedProfile(profile, w.login())
		case Prompt:
			w.promptingProfile(profile)
		case SDK:
			w.promptingProfile(profile)
			w.add(SDKProfile(profile.Name), w.process(string(command), "credentials", "--profile", profile.Name))
		}
	}
	return awsconfig.Block{Owner: Owner(client), Profiles: w.profiles}, w.check()
}

// SDKProfile is the name of the second profile of a role in mode [SDK].
func SDKProfile(name string) string { return name + "-sdk" }

// Used are the mode and the prefix of the profiles of the stack that the file has;
// [Prompt] and none if it has none.
func Used(client stack.ClientConfig, file *awsconfig.File) (mode Mode, prefix string) {
	mode = Prompt
	roles := map[string]string{}
	for _, profile := range client.Profiles {
		roles[profile.RoleARN] = profile.Name
	}
	for _, profile := range file.Profiles(Owner(client)) {
		for _, s := range profile.Settings {
			switch {
			case s.Key == "credential_process" && strings.Contains(s.Value, sessionFlag):
				mode = OneCode
			case s.Key == "credential_process" && !IsLogin(s.Value):
				mode = SDK
			case s.Key == "role_arn" && strings.HasSuffix(profile.Name, roles[s.Value]):
				prefix = strings.TrimSuffix(profile.Name, roles[s.Value])
			}
		}
	}
	return mode, prefix
}

// CheckSource refuses a profile that awsmfa wrote where one with an access key is
// wanted, which flag names: using it would ask for a code first.
func CheckSource(file *awsconfig.File, name, flag string) error {
	for _, owner := range file.Owners() {
		written, source := map[string]bool{}, ""
		for _, profile := range file.Profiles(owner) {
			written[profile.Name] = true
			for _, s := range profile.Settings {
				if key, _, found := SessionOf(s.Value); found {
					source = key
				} else if _, login, found := strings.Cut(s.Value, exportCredentials+" --profile "); found {
					source, _, _ = strings.Cut(login, " --format")
				} else if s.Key == "source_profile" && !written[s.Value] {
					source = s.Value
				}
			}
		}
		if written[name] {
			return fmt.Errorf("awsmfa wrote profile %s for a role: name the one that has your access key, %s, with %s",
				name, source, flag)
		}
	}
	return nil
}

// SessionOf are the profile with the access key and the device of the session that a
// credential_process of mode [OneCode] gives.
func SessionOf(process string) (source, serialNumber string, ok bool) {
	_, session, ok := strings.Cut(process, sessionFlag+" --profile ")
	source, rest, _ := strings.Cut(session, " "+serialNumberFlag+" ")
	serialNumber, _, _ = strings.Cut(rest, " ")
	return strings.Trim(source, `"`), serialNumber, ok
}

// Flags of awsmfa credentials.
const (
	serialNumberFlag = "--serial-number"
	sessionFlag      = "--session"
)

// exportCredentials is what the AWS CLI gives the credentials of a profile with.
//
// https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
const exportCredentials = "configure export-credentials"

// IsLogin reports whether a credential_process is that of mode [Login].
func IsLogin(process string) bool { return strings.Contains(process, exportCredentials) }

type writer struct {
	client   stack.ClientConfig
	person   Person
	profiles []awsconfig.Profile
	// unquotable is about the first word of a credential_process that cannot be
	// written.
	unquotable error
}

func (w *writer) add(name string, settings ...awsconfig.Setting) {
	settings = append(settings, set("region", w.client.Region))
	if w.person.EndpointURL != "" {
		settings = append(settings, set("endpoint_url", w.person.EndpointURL))
	}
	if w.person.Services != "" {
		settings = append(settings, set("services", w.person.Services))
	}
	w.profiles = append(w.profiles, awsconfig.Profile{Name: name, Settings: settings})
}

func set(key, value string) awsconfig.Setting { return awsconfig.Setting{Key: key, Value: value} }

func (w *writer) promptingProfile(profile stack.Profile) {
	w.add(profile.Name, append(w.role(profile, w.person.SourceProfile), set("mfa_serial", w.person.SerialNumber),
		set("duration_seconds", strconv.Itoa(profile.DurationSeconds)))...)
}

// chainedProfile has no duration: an hour is the default and the most.
func (w *writer) chainedProfile(profile stack.Profile, source string) {
	w.add(profile.Name, w.role(profile, source)...)
}

// session is the name of the profile of mode [OneCode] that has the session.
func (w *writer) session() string { return w.person.Prefix + w.client.Stack + "-session" }

// login is the name of the profile of mode [Login] that has the sign-in.
func (w *writer) login() string { return w.person.Prefix + w.client.Stack + "-login" }

func (w *writer) role(profile stack.Profile, source string) []awsconfig.Setting {
	settings := []awsconfig.Setting{set("role_arn", profile.RoleARN), set("source_profile", source)}
	if policy.IsRoleSessionName(w.person.UserName) {
		settings = append(settings, set("role_session_name", w.person.UserName))
	}
	return settings
}

func (w *writer) process(words ...string) awsconfig.Setting {
	line, err := awsconfig.CommandLine(words...)
	if w.unquotable == nil {
		w.unquotable = err
	}
	return set("credential_process", line)
}

// check refuses names that would be written twice, and words that no quotes
// keep together.
func (w *writer) check() error {
	seen := map[string]bool{w.person.SourceProfile: true}
	for _, profile := range w.profiles {
		if profile.Name == w.person.SourceProfile {
			return fmt.Errorf("the source profile %q is one of the profiles of the roles: "+
				"name the profile that has your access key with --source-profile", profile.Name)
		}
		if seen[profile.Name] {
			return fmt.Errorf("two profiles would be named %q: rename that role in the stack's configuration, "+
				"or leave --sdk and --one-code out", profile.Name)
		}
		seen[profile.Name] = true
	}
	return w.unquotable
}
