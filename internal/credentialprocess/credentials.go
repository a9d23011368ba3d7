// Package credentialprocess gives temporary credentials to programs that cannot
// ask for an MFA code: Terraform, Pulumi, and the AWS SDKs. They run a command
// and read its output; this package begins the session with STS, and keeps it
// for the next time.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
package credentialprocess

import (
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// outputVersion is that of the output's format.
const outputVersion = 1

// Credentials are temporary credentials. Their JSON is the output of a
// credential_process; printed, logged or put into an error by accident, they
// show nothing.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
type Credentials struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	// Expiration is in UTC, to the second.
	Expiration time.Time
}

// Format keeps the secrets out of everything that fmt prints.
func (Credentials) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "(credentials)") }

func credentialsOf(c *types.Credentials) Credentials {
	return Credentials{
		Version:         outputVersion,
		AccessKeyID:     aws.ToString(c.AccessKeyId),
		SecretAccessKey: aws.ToString(c.SecretAccessKey),
		SessionToken:    aws.ToString(c.SessionToken),
		Expiration:      aws.ToTime(c.Expiration).UTC().Truncate(time.Second),
	}
}
