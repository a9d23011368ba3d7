package awserror

import (
	"fmt"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

// AssumedRegionError is the error about an access key that AWS does not know,
// where no region was configured. Each partition knows its own keys only, and the
// region decides which partition is asked.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type AssumedRegionError struct {
	// Region is the one that was assumed.
	Region string
	// Err is what AWS answered.
	Err error
}

// Error says what to set.
func (e *AssumedRegionError) Error() string {
	return fmt.Sprintf("%v: AWS knows no such access key in the partition of %s: no region is set, %s was assumed; "+
		"for aws-cn and aws-us-gov set region", e.Err, e.Region, e.Region)
}

// Unwrap gives what AWS answered.
func (e *AssumedRegionError) Unwrap() error { return e.Err }

// NoCredentialsError says that no credentials are configured, and that this is no
// EC2 instance with a role either.
type NoCredentialsError struct {
	// Profile is the one that has none.
	Profile string
	// Err is what the SDK found.
	Err error
}

// Error says how to store an access key.
func (e *NoCredentialsError) Error() string {
	if e.Profile == "" || e.Profile == "default" {
		return "You have no access key: run 'aws configure' to store it, or name the profile that has it " +
			"with --profile or AWS_PROFILE; " + KeptElsewhere("default")
	}
	return fmt.Sprintf("You have no access key in profile %s: run 'aws configure --profile %s' to store it, "+
		"or name the profile that has it; %s", e.Profile, output.ShellWord(e.Profile), KeptElsewhere(e.Profile))
}

// KeptElsewhere says what to do about an access key that is not in the files of the
// AWS CLI.
//
// https://github.com/ByteNess/aws-vault#readme
func KeptElsewhere(profile string) string {
	return fmt.Sprintf("if aws-vault keeps it, give that profile "+
		"'credential_process = aws-vault export --no-session --format=json %s' in ~/.aws/config", output.ShellWord(profile))
}

// Unwrap gives what the SDK found.
func (e *NoCredentialsError) Unwrap() error { return e.Err }
