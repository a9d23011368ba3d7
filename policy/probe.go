package policy

import (
	"maps"
	"slices"
	"strings"
)

const assumeRole = "sts:AssumeRole"

// probe is one thing to try.
type probe struct{ action, resource string }

// serviceProbes are a reading, a writing and a deleting action of services
// that people use, none of IAM and STS.
func serviceProbes(account Account) []probe {
	var probes []probe
	for _, service := range slices.Sorted(maps.Keys(serviceActions())) {
		resource := "arn:" + account.Partition + ":" + service + ":eu-west-1:" + account.ID + ":example/example"
		if service == "s3" {
			resource = "arn:" + account.Partition + ":s3:::example/example"
		}
		for name := range strings.FieldsSeq(serviceActions()[service]) {
			probes = append(probes, probe{service + ":" + name, resource}, probe{service + ":" + name, "*"})
		}
	}
	return probes
}

// serviceActions are, by service, an action that reads, one that writes, and
// one that deletes.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func serviceActions() map[string]string {
	return map[string]string{
		"account":           "GetContactInformation PutContactInformation DeleteAlternateContact",
		"acm":               "DescribeCertificate ImportCertificate DeleteCertificate",
		"apigateway":        "GET POST DELETE",
		"athena":            "GetQueryExecution StartQueryExecution DeleteWorkGroup",
		"autoscaling":       "DescribeAutoScalingGroups UpdateAutoScalingGroup DeleteAutoScalingGroup",
		"backup":            "ListBackupVaults StartBackupJob DeleteBackupVault",
		"batch":             "DescribeJobs SubmitJob DeleteJobQueue",
		"bedrock":           "ListFoundationModels InvokeModel DeleteCustomModel",
		"cloudformation":    "DescribeStacks CreateStack DeleteStack",
		"cloudfront":        "GetDistribution CreateDistribution DeleteDistribution",
		"cloudtrail":        "LookupEvents StopLogging DeleteTrail",
		"cloudwatch":        "GetMetricData PutMetricAlarm DeleteAlarms",
		"codebuild":         "BatchGetBuilds StartBuild DeleteProject",
		"codecommit":        "GitPull GitPush DeleteRepository",
		"codepipeline":      "GetPipeline StartPipelineExecution DeletePipeline",
		"cognito-idp":       "ListUsers AdminCreateUser DeleteUserPool",
		"config":            "DescribeConfigRules StopConfigurationRecorder DeleteConfigRule",
		"dynamodb":          "GetItem PutItem DeleteTable",
		"ec2":               "DescribeInstances RunInstances TerminateInstances",
		"ecr":               "BatchGetImage PutImage DeleteRepository",
		"ecs":               "DescribeTasks RunTask DeleteService",
		"eks":               "DescribeCluster CreateCluster DeleteCluster",
		"elasticache":       "DescribeCacheClusters CreateCacheCluster DeleteCacheCluster",
		"elasticfilesystem": "DescribeFileSystems CreateFileSystem DeleteFileSystem",
		"elasticmapreduce":  "DescribeCluster RunJobFlow TerminateJobFlows",
		"events":            "DescribeRule PutRule DeleteRule",
		"firehose":          "DescribeDeliveryStream PutRecord DeleteDeliveryStream",
		"glacier":           "ListVaults UploadArchive DeleteArchive",
		"glue":              "GetTable StartJobRun DeleteTable",
		"guardduty":         "GetFindings UpdateDetector DeleteDetector",
		"kinesis":           "GetRecords PutRecord DeleteStream",
		"kms":               "DescribeKey Decrypt ScheduleKeyDeletion",
		"lambda":            "GetFunction InvokeFunction DeleteFunction",
		"lightsail":         "GetInstances CreateInstances DeleteInstance",
		"logs":              "GetLogEvents PutLogEvents DeleteLogGroup",
		"organizations":     "DescribeOrganization CreateAccount LeaveOrganization",
		"rds":               "DescribeDBInstances CreateDBInstance DeleteDBInstance",
		"redshift":          "DescribeClusters CreateCluster DeleteCluster",
		"route53":           "ListHostedZones ChangeResourceRecordSets DeleteHostedZone",
		"s3":                "GetObject PutObject DeleteObject",
		"sagemaker":         "DescribeEndpoint CreateTrainingJob DeleteEndpoint",
		"secretsmanager":    "GetSecretValue PutSecretValue DeleteSecret",
		"ses":               "GetSendQuota SendEmail DeleteIdentity",
		"sns":               "GetTopicAttributes Publish DeleteTopic",
		"sqs":               "ReceiveMessage SendMessage DeleteQueue",
		"ssm":               "GetParameter StartSession DeleteParameter",
		"sso":               "ListInstances CreatePermissionSet DeletePermissionSet",
		"states":            "DescribeExecution StartExecution DeleteStateMachine",
		"support":           "DescribeCases CreateCase ResolveCase",
		"wafv2":             "GetWebACL UpdateWebACL DeleteWebACL",
	}
}

// identityActions are the actions of IAM that concern credentials, MFA devices
// and permissions of users, and those that read them.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func identityActions() []string {
	const names = `AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy ChangePassword CreateAccessKey
		CreateLoginProfile CreatePolicyVersion CreateRole CreateServiceSpecificCredential CreateUser
		CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteGroupPolicy DeleteLoginProfile DeleteUser
		DeleteUserPermissionsBoundary DeleteVirtualMFADevice DetachGroupPolicy DetachUserPolicy EnableMFADevice
		GetAccessKeyLastUsed GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountSummary GetLoginProfile
		GetMFADevice GetUser ListAccessKeys ListMFADevices ListUsers ListVirtualMFADevices PassRole PutUserPolicy
		RemoveUserFromGroup ResetServiceSpecificCredential ResyncMFADevice SetDefaultPolicyVersion TagMFADevice TagUser
		UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateLoginProfile UpdateUser UploadSSHPublicKey
		UploadSigningCertificate`
	var actions []string
	for name := range strings.FieldsSeq(names) {
		actions = append(actions, "iam:"+name)
	}
	return actions
}

// tokenActions are the actions of STS that give credentials, but for
// AssumeRole, which the guarantees try role by role.
func tokenActions() []string {
	return []string{
		"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot",
		"sts:GetFederationToken", "sts:GetSessionToken", "sts:SetSourceIdentity", "sts:TagSession",
	}
}

// otherAccount is an account that has nothing to do with any stack.
const otherAccount = "999999999999"

// identityResources are the user themself, others, and what merely looks like
// the user or their device.
func identityResources(account Account, user IAMARN, text string) []string {
	other := Account{Partition: account.Partition, ID: otherAccount}
	if account.ID == otherAccount {
		other.ID = "888888888888"
	}
	return []string{
		"*", text,
		account.UserARN("/", "somebody-else"), account.UserARN("/"+user.Name+"/", "somebody-else"),
		account.UserARN("/", user.Name+"x"), account.UserARN("/", "x"+user.Name), account.UserARN("/team/", "x"+user.Name),
		account.UserARN("/team/", user.Name+"x"),
		account.UserARN("/", swapCase(user.Name)), other.UserARN(user.Path, user.Name),
		account.VirtualMFADeviceARN(user.Name), account.VirtualMFADeviceARN("somebody-else"),
		account.VirtualMFADeviceARN(user.Name + "x"), account.VirtualMFADeviceARN("x" + user.Name),
		account.VirtualMFADeviceARN("team/" + user.Name), other.VirtualMFADeviceARN(user.Name),
		account.RoleARN("/", user.Name), account.iam("group/" + user.Name), account.PolicyARN("/", user.Name),
	}
}

// identityProbes try identityActions and tokenActions on each resource.
func identityProbes(resources ...string) []probe {
	var probes []probe
	for _, action := range slices.Concat(identityActions(), tokenActions()) {
		for _, resource := range resources {
			probes = append(probes, probe{action, resource})
		}
	}
	return probes
}

func swapCase(name string) string {
	if lower := strings.ToLower(name); lower != name {
		return lower
	}
	return strings.ToUpper(name)
}

// mentionedProbes try every action that the documents mention, on the resources
// that they mention and on others.
func mentionedProbes(documents []NamedDocument, others ...string) []probe {
	actions, resources := map[string]bool{}, map[string]bool{"*": true}
	for _, resource := range others {
		resources[resource] = true
	}
	for _, named := range documents {
		for _, s := range named.Document.Statements {
			for _, action := range slices.Concat(s.Action, s.NotAction) {
				if !strings.ContainsAny(action, "*?") && !strings.EqualFold(action, assumeRole) {
					actions[action] = true
				}
			}
			for _, resource := range slices.Concat(s.Resource, s.NotResource) {
				if !strings.ContainsAny(resource, "*?$") {
					resources[resource] = true
				}
			}
		}
	}
	var probes []probe
	for _, action := range slices.Sorted(maps.Keys(actions)) {
		for _, resource := range slices.Sorted(maps.Keys(resources)) {
			probes = append(probes, probe{action, resource})
		}
	}
	return probes
}
