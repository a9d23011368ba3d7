package policy_test

import (
	"fmt"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func ExampleTrustPolicy() {
	trust, err := policy.TrustPolicy([]string{
		"arn:aws:iam::123456789012:user/team/bob",
		"arn:aws:iam::123456789012:user/alice",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(trust.Indent())
	fmt.Println(trust.Size(), "of", policy.TrustPolicyQuota().Limit, "characters")
	// Output:
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Sid": "TrustWithMFA",
	//       "Effect": "Allow",
	//       "Principal": {
	//         "AWS": [
	//           "arn:aws:iam::123456789012:user/alice",
	//           "arn:aws:iam::123456789012:user/team/bob"
	//         ]
	//       },
	//       "Action": "sts:AssumeRole",
	//       "Condition": {
	//         "Bool": {
	//           "aws:MultiFactorAuthPresent": "true"
	//         }
	//       }
	//     }
	//   ]
	// }
	// 266 of 2048 characters
}

func ExampleGroupPolicy_Document() {
	account := policy.Account{Partition: "aws", ID: "123456789012"}
	document, err := policy.GroupPolicy{
		Account:       account,
		RoleARNs:      []string{account.RoleARN("/", "cli-dev-power-user")},
		ExemptActions: []string{"iam:ChangePassword"},
	}.Document()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range document.Statements {
		fmt.Println(s.Effect, s.Sid)
		for _, action := range s.NotAction {
			fmt.Println("  but not", action)
		}
	}
	// Output:
	// Allow AssumeRoles
	// Allow EnrolOwnDevice
	// Allow ManageOwnEnrolment
	// Allow RemoveOwnDevice
	// Allow ExemptOwnUser
	// Deny DenyWithoutMFA
	//   but not iam:ChangePassword
	//   but not iam:CreateVirtualMFADevice
	//   but not iam:EnableMFADevice
	//   but not iam:GetUser
	//   but not iam:ListMFADevices
	//   but not iam:ResyncMFADevice
	//   but not sts:GetSessionToken
	// Deny DenyOthersWithoutMFA
}
