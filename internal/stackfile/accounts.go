package stackfile

import (
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Accounts are the accounts that a stack file names.
type Accounts struct {
	// Allowed are the only ones that the stack may be in; none means any.
	Allowed []string
	// Forbidden are those that it may not be in.
	Forbidden []string
}

// ReadAccounts reads aws:allowedAccountIds and aws:forbiddenAccountIds from the
// stack file at path. The error names the file and a key that is no list of
// account ids.
//
// https://www.pulumi.com/registry/packages/aws/installation-configuration/
func ReadAccounts(path string) (Accounts, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Accounts{}, fmt.Errorf("reading the stack file: %w", err)
	}
	var settings struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &settings); err != nil {
		return Accounts{}, fmt.Errorf("stack file %s: %w", path, err)
	}
	var accounts Accounts
	for key, ids := range map[string]*[]string{
		"aws:allowedAccountIds": &accounts.Allowed, "aws:forbiddenAccountIds": &accounts.Forbidden,
	} {
		found, ok := accountIDs(settings.Config[key])
		if !ok {
			return Accounts{}, fmt.Errorf("stack file %s: %s: expected a list of account ids of 12 digits, "+
				`not encrypted, such as ["111122223333"]`, path, key)
		}
		*ids = found
	}
	return accounts, nil
}

// accountIDs reads a list, or the text of one, as pulumi config set writes it. An
// id without quotes is a number for YAML: its digits are taken as they stand.
func accountIDs(value yaml.Node) (ids []string, ok bool) {
	if value.Kind == yaml.AliasNode {
		value = *value.Alias
	}
	if value.Kind == yaml.ScalarNode {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(value.Value), &document); err != nil {
			return nil, false
		}
		if len(document.Content) == 0 { // null, or no text
			return nil, true
		}
		value = *document.Content[0]
		if value.Tag == "!!null" {
			return nil, true
		}
	}
	if value.Kind == 0 {
		return nil, true
	}
	for _, id := range value.Content {
		if err := (policy.Account{Partition: "aws", ID: id.Value}).Check(); err != nil {
			return nil, false
		}
		ids = append(ids, id.Value)
	}
	return ids, value.Kind == yaml.SequenceNode
}
