package credentialprocess

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Operation is the operation of STS that begins a session.
type Operation string

// The operations of STS.
const (
	AssumeRole      Operation = "AssumeRole"
	GetSessionToken Operation = "GetSessionToken"
)

// Request is what STS is asked for.
type Request struct {
	Operation Operation
	// RoleARN, RoleSessionName and ExternalID are of AssumeRole. A session
	// without a name is named after the caller.
	RoleARN, RoleSessionName, ExternalID string
	// SerialNumber is the MFA device. Without one, AssumeRole is called without
	// MFA, and GetSessionToken with the only device of the caller.
	SerialNumber string
	// DurationSeconds is zero for the default of STS.
	DurationSeconds int32
}

// Lasts is how long the answer serves.
func (r Request) Lasts() time.Duration {
	duration := time.Duration(r.DurationSeconds) * time.Second
	switch {
	case duration > 0:
	case r.Operation == GetSessionToken:
		duration = policy.DefaultSessionTokenDuration
	default:
		duration = policy.DefaultAssumeRoleDuration
	}
	return duration - expiryWindow
}

// Region is where the partition of the request has its IAM; empty if the request
// names no partition.
func (r Request) Region() string {
	arn, ok := policy.SplitARN(cmp.Or(r.RoleARN, r.SerialNumber))
	if !ok {
		return ""
	}
	return policy.RegionOfPartition(arn.Partition)
}

// Key is all that decides what STS answers.
//
// The AWS CLI leaves the access key and the endpoint out of its own: there, the
// sessions of a rehearsal serve for the real account, and the other way round.
type Key struct {
	Request
	// SourceAccessKeyID is of the credentials that call STS.
	SourceAccessKeyID string
	// Endpoint is the address of STS.
	Endpoint string
}

// digest names the file of a key.
func (k Key) digest() string {
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // a struct of strings and a number
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// lockDigest names the lock of a key. The access key of a source that renews
// itself changes every day: with it, lock files would pile up.
func (k Key) lockDigest() string {
	k.SourceAccessKeyID = ""
	return k.digest()
}

// Endpoint is the address that the client sends its requests to.
func Endpoint(ctx context.Context, client *sts.Client) (string, error) {
	o := client.Options()
	found, err := o.EndpointResolverV2.ResolveEndpoint(ctx, sts.EndpointParameters{
		Region:       aws.String(o.Region),
		Endpoint:     o.BaseEndpoint,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return "", fmt.Errorf("finding the endpoint of STS: %w", err)
	}
	return found.URI.String(), nil
}
