package policy

// AWSManagedDocument is the document of an AWS managed policy that can be
// attached to users in an explanation, by the policy's name: PowerUserAccess or
// AdministratorAccess. It says whether the name is one of these.
func AWSManagedDocument(name string) (Document, bool) {
	switch name {
	case "PowerUserAccess":
		return powerUserAccess(), true
	case "AdministratorAccess":
		return administratorAccess(), true
	}
	return Document{}, false
}

// administratorAccess and powerUserAccess are what AWS's managed policies of
// those names say.
//
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/PowerUserAccess.html
func administratorAccess() Document {
	return Document{Version: Version20121017, Statements: []Statement{
		{Effect: Allow, Action: Values{"*"}, Resource: Values{"*"}},
	}}
}

func powerUserAccess() Document {
	return Document{Version: Version20121017, Statements: []Statement{
		{Effect: Allow, NotAction: Values{"iam:*", "organizations:*", "account:*"}, Resource: Values{"*"}},
		{
			Effect: Allow, Resource: Values{"*"},
			Action: Values{
				"account:GetAccountInformation", "account:GetPrimaryEmail", "account:ListRegions",
				"iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles",
				"organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization",
			},
		},
	}}
}
