package stack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
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
	// ClientConfig is what a client needs for its profiles.
	ClientConfig ClientConfig `json:"clientConfig"`
}

// ClientConfig is what onboarding turns into profiles of ~/.aws/config.
type ClientConfig struct {
	// Version is [ClientConfigVersion].
	Version int `json:"version"`
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

// ParseOutputs reads what pulumi stack output --json prints. It refuses a
// version of the client configuration that it does not know.
func ParseOutputs(text []byte) (Outputs, error) {
	var outputs Outputs
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&outputs); err != nil {
		return Outputs{}, fmt.Errorf("stack outputs: %w", err)
	}
	if v := outputs.ClientConfig.Version; v != ClientConfigVersion {
		return Outputs{}, fmt.Errorf("stack outputs: clientConfig is of version %d, this program reads version %d: "+
			"deploy the stack and read it with the same release", v, ClientConfigVersion)
	}
	return outputs, nil
}
