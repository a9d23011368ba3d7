package onboarding

import (
	"fmt"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// CheckShadows refuses profiles whose names the credentials file has: the keys
// there win over what the configuration file says.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html#cli-configure-files-precedence
func CheckShadows(env environment.Environment, path string, block awsconfig.Block) error {
	credentials, err := awsconfig.CredentialsPath(env.Getenv, env.Home)
	if err != nil || sameFile(credentials, path) {
		return err
	}
	file, err := awsconfig.Read(credentials)
	if err != nil {
		return err
	}
	if err := file.Readable(); err != nil {
		return fmt.Errorf("%s: %w", credentials, err)
	}
	for _, found := range file.Conflicts(block) {
		return fmt.Errorf("%s has a section %s in line %d, whose keys would be used instead of the role's profile of that "+
			"name: remove or rename that section", credentials, found.Profile, found.Line)
	}
	return nil
}
