package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrARN is wrapped by every error about an ARN.
var ErrARN = errors.New("invalid ARN")

// Account names one AWS account and builds the ARNs of its IAM objects. The
// partition is aws, aws-cn, aws-us-gov or another of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type Account struct {
	Partition string
	// ID is the 12-digit account number.
	ID string
}

var (
	accountIDPattern = regularExpression(`^[0-9]{12}$`)
	partitionPattern = regularExpression(`^aws(-[a-z]+)*$`)
)

// Check reports whether a has the form of an account; the error wraps [ErrARN].
func (a Account) Check() error {
	if !partitionPattern().MatchString(a.Partition) {
		return fmt.Errorf("%w: partition %q: it must be aws, aws-cn, aws-us-gov or the like", ErrARN, a.Partition)
	}
	if !accountIDPattern().MatchString(a.ID) {
		return fmt.Errorf("%w: account id %q: it must be 12 digits", ErrARN, a.ID)
	}
	return nil
}

// PartitionOfRegion is the AWS partition that a region is in.
//
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func PartitionOfRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// RegionOfPartition is the region of a partition that IAM is in.
//
// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
func RegionOfPartition(partition string) string {
	switch partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	default:
		return "us-east-1"
	}
}

// RoleARN is the ARN of the role of that name under that path ("/" or "/a/b/").
func (a Account) RoleARN(path, name string) string { return a.iam("role" + path + name) }

// UserARN is the ARN of the user of that name under that path.
func (a Account) UserARN(path, name string) string { return a.iam("user" + path + name) }

// PolicyARN is the ARN of the customer managed policy of that name under that path.
func (a Account) PolicyARN(path, name string) string { return a.iam("policy" + path + name) }

// RoleSessionARN is the ARN of a session of a role, which has no path there.
func (a Account) RoleSessionARN(role, session string) string {
	return "arn:" + a.Partition + ":sts::" + a.ID + ":assumed-role/" + role + "/" + session
}

// VirtualMFADeviceARN is the serial number of the virtual MFA device of that
// name, which may hold a wildcard or a policy variable.
func (a Account) VirtualMFADeviceARN(name string) string { return a.iam("mfa/" + name) }

// FurtherMFADeviceARN is that of one whose path is a user's name, which no other
// user's device can have.
func (a Account) FurtherMFADeviceARN(userName, name string) string {
	return a.VirtualMFADeviceARN(userName + "/" + name)
}

func (a Account) iam(resource string) string {
	return "arn:" + a.Partition + ":iam::" + a.ID + ":" + resource
}

// callersOwnUser matches the calling user and nobody else. A user under an
// IAM path needs the second form; user/*${aws:username} would let bob match
// jimbob.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (a Account) callersOwnUser() Values {
	return Values{a.UserARN("/", "${aws:username}"), a.UserARN("/*/", "${aws:username}")}
}

// ManagedPolicyARN gives the ARN of a managed policy named by its ARN or, for
// an AWS managed policy, by its name: PowerUserAccess,
// service-role/AWSLambdaRole, or ViewOnlyAccess, whose ARN has the path
// job-function. An ARN of another partition is refused; errors wrap [ErrARN].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html
func ManagedPolicyARN(partition, nameOrARN string) (string, error) {
	if strings.HasPrefix(nameOrARN, "arn:") {
		arn, err := ParseIAMARN(nameOrARN)
		switch {
		case err != nil:
			return "", err
		case arn.Kind != "policy":
			return "", fmt.Errorf("%w: %s is not the ARN of a managed policy", ErrARN, nameOrARN)
		case arn.Partition != partition:
			return "", fmt.Errorf("%w: %s is of partition %s, the stack deploys to %s",
				ErrARN, nameOrARN, arn.Partition, partition)
		}
		return nameOrARN, nil
	}
	name := nameOrARN[strings.LastIndexByte(nameOrARN, '/')+1:]
	if !awsManagedPattern().MatchString(nameOrARN) || len(name) > maxNameInARN {
		return "", fmt.Errorf("%w: %q is neither an ARN nor the name of an AWS managed policy", ErrARN, nameOrARN)
	}
	if isJobFunction(nameOrARN) {
		nameOrARN = "job-function/" + nameOrARN
	}
	return "arn:" + partition + ":iam::aws:policy/" + nameOrARN, nil
}

// maxNameInARN is the most characters of a name that IAM gives an object. A
// pattern that counts to it would be a hundred times as large.
const maxNameInARN = 128

var awsManagedPattern = regularExpression(`^([A-Za-z0-9-]+/)*[A-Za-z0-9+=,.@_-]+$`)

// IsAWSManaged reports whether arn is that of an AWS managed policy.
func IsAWSManaged(arn string) bool {
	parsed, err := ParseIAMARN(arn)
	return err == nil && parsed.Account == "aws"
}

// isJobFunction tells the AWS managed policies for job functions that live
// under /job-function/ from those that do not (AdministratorAccess,
// PowerUserAccess and SecurityAudit).
func isJobFunction(name string) bool {
	return slices.Contains([]string{
		"Billing", "DatabaseAdministrator", "DataScientist", "NetworkAdministrator",
		"SupportUser", "SystemAdministrator", "ViewOnlyAccess",
	}, name)
}

// ARN is an ARN of any service, taken apart.
type ARN struct{ Partition, Service, Region, Account, Resource string }

// SplitARN takes an ARN apart; ok is false for what is none.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func SplitARN(text string) (arn ARN, ok bool) {
	segments := strings.SplitN(text, ":", arnSegments)
	if len(segments) != arnSegments || segments[0] != "arn" {
		return ARN{}, false
	}
	return ARN{segments[1], segments[2], segments[3], segments[4], segments[5]}, true
}

// IAMARN is the ARN of an IAM object, taken apart.
type IAMARN struct {
	Partition string
	// Account is 12 digits, or "aws" for what AWS owns.
	Account string
	// Kind is user, role, group, policy, mfa and so on.
	Kind string
	// Path begins and ends with a slash.
	Path string
	Name string
}

// pathCharacters are those of IAM's paths but *, ? and $, with which an ARN in
// a policy would not name one object.
const pathCharacters = `[\x21-\x23\x25-\x29\x2B-\x2E\x30-\x3E\x40-\x7E]`

var iamARNPattern = regularExpression(
	`^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):[a-z-]+/(` + pathCharacters + `+/)*[\w+=,.@-]+$`)

// ParseIAMARN takes the ARN of one IAM object apart. Wildcards, policy
// variables and account roots are refused: they name no one object. Errors
// wrap [ErrARN].
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func ParseIAMARN(arn string) (IAMARN, error) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	if !iamARNPattern().MatchString(arn) || len(name) > maxNameInARN {
		return IAMARN{}, fmt.Errorf("%w: %q is not the ARN of one IAM object", ErrARN, arn)
	}
	parts, _ := SplitARN(arn)
	kind, _, _ := strings.Cut(parts.Resource, "/")
	path := parts.Resource[len(kind) : len(parts.Resource)-len(name)]
	return IAMARN{Partition: parts.Partition, Account: parts.Account, Kind: kind, Path: path, Name: name}, nil
}
