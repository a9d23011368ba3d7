package policy

import (
	"errors"
	"fmt"
	"slices"
)

// Sids of the statements that the builders write. An explanation of a denial
// names them, so they are part of the contract with the people denied.
const (
	SidTrustWithMFA         = "TrustWithMFA"
	SidTrustNobody          = "TrustNobody"
	SidAssumeRoles          = "AssumeRoles"
	SidEnrolOwnDevice       = "EnrolOwnDevice"
	SidManageOwnEnrolment   = "ManageOwnEnrolment"
	SidRemoveOwnDevice      = "RemoveOwnDevice"
	SidReplaceOwnAccessKeys = "ReplaceOwnAccessKeys"
	SidExemptOwnUser        = "ExemptOwnUser"
	SidExemptAccount        = "ExemptAccount"
	SidDenyWithoutMFA       = "DenyWithoutMFA"
	SidDenyOthersWithoutMFA = "DenyOthersWithoutMFA"
)

// KeyMFAPresent is absent from a request made with a long-term access key,
// not false. That decides the operator: an Allow takes Bool (absent is no
// match), a Deny takes BoolIfExists (absent is a match).
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
const KeyMFAPresent = "aws:MultiFactorAuthPresent"

// KeyViaAWSService is true when an AWS service makes the call with the
// caller's credentials; such a call carries MFA as false.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice
const KeyViaAWSService = "aws:ViaAWSService"

// ErrNobodyTrusted says that a trust policy would name no user.
var ErrNobodyTrusted = errors.New("nobody to trust")

// TrustPolicy is the trust policy of a role that exactly these users may
// assume, and only in a call that carries MFA. The users are given by ARN,
// each once; their order does not matter. An account root, a
// role, a wildcard or a group is refused. Errors wrap [ErrNobodyTrusted] or
// [ErrARN], one for each bad entry.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
func TrustPolicy(userARNs []string) (Document, error) {
	if len(userARNs) == 0 {
		return Document{}, ErrNobodyTrusted
	}
	isUser := func(arn IAMARN) bool { return arn.Kind == "user" && arn.Account != "aws" }
	if err := checkARNs(userARNs, "an IAM user", isUser); err != nil {
		return Document{}, err
	}
	return Document{
		Version: Version20121017,
		Statements: []Statement{{
			Sid:       SidTrustWithMFA,
			Effect:    Allow,
			Principal: &Principal{AWS: sorted(userARNs)},
			Action:    Values{"sts:AssumeRole"},
			Condition: Condition{"Bool": {KeyMFAPresent: {"true"}}},
		}},
	}, nil
}

// TrustNobody is the trust policy of a role that nobody may assume, for as long as
// its groups have no members. IAM has no empty trust policy.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
func TrustNobody() Document {
	return Document{
		Version: Version20121017,
		Statements: []Statement{{
			Sid: SidTrustNobody, Effect: Deny, Principal: &Principal{All: true}, Action: Values{"sts:AssumeRole"},
		}},
	}
}

// checkARNs holds each to be the ARN of one such object, and none to be there twice.
func checkARNs(texts []string, what string, is func(IAMARN) bool) error {
	var faults []error
	for i, text := range texts {
		arn, err := ParseIAMARN(text)
		switch {
		case err != nil:
			faults = append(faults, err)
		case !is(arn):
			faults = append(faults, fmt.Errorf("%w: %s is not %s", ErrARN, text, what))
		case slices.Contains(texts[:i], text):
			faults = append(faults, fmt.Errorf("%w: %s is listed twice", ErrARN, text))
		}
	}
	return errors.Join(faults...)
}

func sorted(list []string) Values {
	return slices.Sorted(slices.Values(list))
}
