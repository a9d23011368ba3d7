package deployed_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const (
	accountID = "111122223333"
	roleARN   = "arn:aws:iam::111122223333:role/cli-dev-power-user"
	groupName = "developers"
	aliceARN  = "arn:aws:iam::111122223333:user/team/alice"
	bobARN    = "arn:aws:iam::111122223333:user/bob"
)

// cloud is an account with the stack dev in it, and its administrator.
type cloud struct {
	*account.Account
	iam *iam.Client
	sts *sts.Client
	url string
	// policyARN is that of the group's policy.
	policyARN string
	outputs   stack.Outputs
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{Account: account.New(accountID, "aws")}
	for name, path := range map[string]string{"alice": "/team/", "bob": "", "mallory": "", "admin": ""} {
		_, err := c.CreateUser(account.CreateUserInput{UserName: name, Path: path})
		require.NoError(t, err)
	}
	_, err := c.CreateGroup(groupName, "")
	require.NoError(t, err)
	require.NoError(t, c.AddUserToGroup(groupName, "alice"))
	require.NoError(t, c.AddUserToGroup(groupName, "bob"))

	trust, err := policy.TrustPolicy([]string{aliceARN, bobARN})
	require.NoError(t, err)
	_, err = c.CreateRole(account.CreateRoleInput{RoleName: "cli-dev-power-user", AssumeRolePolicyDocument: trust.String()})
	require.NoError(t, err)
	require.NoError(t, c.AttachRolePolicy("cli-dev-power-user", "arn:aws:iam::aws:policy/PowerUserAccess"))
	c.policyARN = c.policy(t, "cli-dev-developers", c.groupPolicy(t))
	require.NoError(t, c.AttachGroupPolicy(groupName, c.policyARN))
	require.NoError(t, c.AttachUserPolicy("admin", "arn:aws:iam::aws:policy/AdministratorAccess"))

	c.url = accounttest.Serve(t, c.Account)
	c.iam, c.sts = c.clients(t, "admin")
	c.outputs = stack.Outputs{
		RoleARNs:      map[string]string{"power-user": roleARN},
		MFAPolicyARNs: map[string]string{groupName: c.policyARN},
		Grants:        map[string][]string{groupName: {roleARN}},
		ClientConfig: stack.ClientConfig{
			Version: stack.ClientConfigVersion, Stack: "dev", Partition: "aws", AccountID: accountID, Region: "eu-west-1",
			Profiles: []stack.Profile{{
				Name: "dev-power-user", RoleARN: roleARN, DurationSeconds: 3600, TrustedUsers: []string{"alice", "bob"},
			}},
		},
	}
	return c
}

func (c *cloud) groupPolicy(t *testing.T) policy.Document {
	t.Helper()
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: []string{roleARN},
	}.Document()
	require.NoError(t, err)
	return document
}

func (c *cloud) policy(t *testing.T, name string, document policy.Document) string {
	t.Helper()
	created, err := c.CreatePolicy(account.CreatePolicyInput{PolicyName: name, PolicyDocument: document.String()})
	require.NoError(t, err)
	return created.ARN
}

func (c *cloud) clients(t *testing.T, user string) (*iam.Client, *sts.Client) {
	t.Helper()
	key, err := c.CreateAccessKey(user)
	require.NoError(t, err)
	config := aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(c.url),
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	return iam.NewFromConfig(config), sts.NewFromConfig(config)
}

func (c *cloud) read(t *testing.T) deployed.Found {
	t.Helper()
	found, err := deployed.Read(t.Context(), c.iam, c.sts, c.outputs)
	require.NoError(t, err)
	return found
}

func broken(found deployed.Found) []policy.Guarantee {
	guarantees := []policy.Guarantee{}
	for _, result := range policy.Verify(found.Deployment).Results {
		if !result.Holds() {
			guarantees = append(guarantees, result.Guarantee)
		}
	}
	return guarantees
}

func TestWhatWasDeployedHolds(t *testing.T) {
	t.Parallel()
	found := newCloud(t).read(t)
	require.Empty(t, broken(found))
	require.Empty(t, found.Notes)
	d := found.Deployment
	require.Equal(t, []string{aliceARN, bobARN}, d.Roles[0].TrustedUserARNs)
	require.Equal(t, []string{aliceARN, bobARN}, d.Groups[0].MemberARNs)
	require.Equal(t, []string{roleARN}, d.Groups[0].RoleARNs)
	require.Equal(t, "cli-dev-developers", d.Groups[0].Policies[0].Name)
	require.Empty(t, d.Roles[0].Policies, "AWS's own are not judged")
	require.Greater(t, policy.Verify(d).Classes(), 100)
}

// Each change made by hand, behind Pulumi's back, breaks its guarantee.
func TestTampering(t *testing.T) {
	t.Parallel()
	deny := func(c *cloud, document policy.Document, change func(*policy.Statement)) error {
		for i := range document.Statements {
			if document.Statements[i].Sid == policy.SidDenyWithoutMFA {
				change(&document.Statements[i])
			}
		}
		_, err := c.CreatePolicyVersion(c.policyARN, document.String(), true)
		return err
	}
	trust := func(c *cloud, condition policy.Condition, users ...string) error {
		document, err := policy.TrustPolicy(users)
		if err != nil {
			return err
		}
		document.Statements[0].Condition = condition
		return c.UpdateAssumeRolePolicy("cli-dev-power-user", document.String())
	}
	withMFA := policy.Condition{"Bool": {policy.KeyMFAPresent: {"true"}}}
	for name, test := range map[string]struct {
		tamper func(c *cloud, groupPolicy policy.Document) error
		want   policy.Guarantee
	}{
		"the deny says Bool": {func(c *cloud, groupPolicy policy.Document) error {
			return deny(c, groupPolicy, func(s *policy.Statement) {
				s.Condition = policy.Condition{"Bool": s.Condition["BoolIfExists"]}
			})
		}, policy.G1},
		"the deny exempts more": {func(c *cloud, groupPolicy policy.Document) error {
			return deny(c, groupPolicy, func(s *policy.Statement) { s.NotAction = append(s.NotAction, "s3:*") })
		}, policy.G1},
		"the policy is detached": {func(c *cloud, _ policy.Document) error {
			return c.DetachGroupPolicy(groupName, c.policyARN)
		}, policy.G1},
		"somebody else is trusted": {func(c *cloud, _ policy.Document) error {
			return trust(c, withMFA, aliceARN, bobARN, "arn:aws:iam::111122223333:user/mallory")
		}, policy.G4},
		"somebody is trusted no more": {func(c *cloud, _ policy.Document) error {
			return trust(c, withMFA, aliceARN)
		}, policy.G3},
		"the trust needs no MFA": {func(c *cloud, _ policy.Document) error {
			return trust(c, nil, aliceARN, bobARN)
		}, policy.G5},
		"the deny is attached to the role": {func(c *cloud, _ policy.Document) error {
			return c.AttachRolePolicy("cli-dev-power-user", c.policyARN)
		}, policy.G3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			require.NoError(t, test.tamper(c, c.groupPolicy(t)))
			require.Contains(t, broken(c.read(t)), test.want)
		})
	}
}

// An old version of a policy is not what counts.
func TestTheDefaultVersionIsRead(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.CreatePolicyVersion(c.policyARN,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`, false)
	require.NoError(t, err)
	require.Empty(t, broken(c.read(t)))
}

// What else is attached to a group does not break what its MFA policy does.
func TestOtherPoliciesOfTheGroup(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	allow := policy.Statement{Effect: policy.Allow, Action: policy.Values{"*"}, Resource: policy.Values{"*"}}
	require.NoError(t, c.AttachGroupPolicy(groupName, c.policy(t, "allows", policy.Document{
		Version: policy.Version20121017, Statements: []policy.Statement{allow},
	})))
	deny := policy.Statement{
		Effect: policy.Deny, Action: policy.Values{"s3:DeleteBucketPolicy"}, Resource: policy.Values{"*"},
	}
	require.NoError(t, c.AttachGroupPolicy(groupName, c.policy(t, "denies-some", policy.Document{
		Version: policy.Version20121017, Statements: []policy.Statement{allow, deny},
	})))
	found := c.read(t)
	require.Equal(t, []string{"allows of group developers denies nothing: it counts as something else that is attached"},
		found.Notes)
	require.Len(t, found.Deployment.Groups[0].Policies, 2)
	for _, result := range policy.Verify(found.Deployment).Results {
		if result.Guarantee == policy.G1 || result.Guarantee == policy.G2 {
			require.True(t, result.Holds(), "%v", result.Violations)
		}
	}
}

func TestAUserWhoIsGoneIsNoted(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	require.NoError(t, c.RemoveUserFromGroup(groupName, "bob"))
	require.Empty(t, c.read(t).Notes, "trusted, though in the group no more")
	require.NoError(t, c.DeleteUser("bob"))
	require.Equal(t, []string{"user bob, whom role cli-dev-power-user is meant to trust, no longer exists"}, c.read(t).Notes)
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	other := c.outputs
	other.ClientConfig.AccountID = "444455556666"
	_, err := deployed.Read(t.Context(), c.iam, c.sts, other)
	require.ErrorContains(t, err, "wrong account: ")
	require.ErrorContains(t, err, "444455556666")

	gone := c.outputs
	gone.Grants = map[string][]string{"no-such-group": {roleARN}}
	_, err = deployed.Read(t.Context(), c.iam, c.sts, gone)
	require.ErrorIs(t, err, deployed.ErrNotFound)
	require.ErrorContains(t, err, "reading group no-such-group (iam:GetGroup)")
}

// Every call that is refused gives an error that names the permission.
func TestPermissions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	require.NoError(t, c.RemoveUserFromGroup(groupName, "bob"))
	require.NoError(t, c.AttachRolePolicy("cli-dev-power-user", c.policyARN))
	for operations, read := range map[string]func(api deployed.IAM) error{
		"GetGroup ListAttachedGroupPolicies GetPolicy GetPolicyVersion ListGroupPolicies GetRole GetUser " +
			"ListAttachedRolePolicies ListRolePolicies": func(api deployed.IAM) error {
			_, err := deployed.Read(t.Context(), api, c.sts, c.outputs)
			return err
		},
		"GetGroup ListAttachedGroupPolicies ListGroupPolicies GetPolicy GetPolicyVersion": func(api deployed.IAM) error {
			_, err := deployed.ReadGroup(t.Context(), api, groupName)
			return err
		},
		"GetUser ListAttachedUserPolicies ListUserPolicies": func(api deployed.IAM) error {
			_, err := deployed.ReadUserPolicies(t.Context(), api, "alice")
			return err
		},
	} {
		for operation := range strings.FieldsSeq(operations) {
			err := read(c.refusing(operation))
			var denied *awserror.PermissionError
			require.ErrorAs(t, err, &denied, operation)
			require.Equal(t, "iam:"+operation, denied.Permission)
			require.ErrorContains(t, err, "these credentials lack the permission iam:"+operation+", or are denied it without MFA (AWS says: ")
		}
	}
	_, err := deployed.GroupNames(t.Context(), c.refusing("ListGroups"))
	require.ErrorContains(t, err, "these credentials lack the permission iam:ListGroups")
}

// refusing is the IAM client of somebody who may not make some calls.
func (c *cloud) refusing(operations ...string) *iam.Client {
	refuse := middleware.InitializeMiddlewareFunc("refuse", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		if slices.Contains(operations, middleware.GetOperationName(ctx)) {
			return middleware.InitializeOutput{}, middleware.Metadata{},
				&smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}
		}
		return next.HandleInitialize(ctx, in)
	})
	return iam.New(c.iam.Options(), func(o *iam.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(refuse, middleware.After)
		})
	})
}

// withoutSense is an account whose groups have inline policies that are no JSON.
type withoutSense struct{ *iam.Client }

func (withoutSense) GetGroupPolicy(
	context.Context, *iam.GetGroupPolicyInput, ...func(*iam.Options),
) (*iam.GetGroupPolicyOutput, error) {
	return &iam.GetGroupPolicyOutput{PolicyDocument: aws.String("{")}, nil
}

func (c *cloud) inline(t *testing.T, kind, name string) {
	t.Helper()
	require.NoError(t, c.PutInlinePolicy(account.Identity{Kind: kind, Name: name}, "by-hand",
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*",`+
			`"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}`))
}

func TestInlinePoliciesAreRead(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.inline(t, "group", groupName)
	c.inline(t, "role", "cli-dev-power-user")
	found := c.read(t)
	require.Equal(t, "inline policy by-hand of group developers", found.Deployment.Groups[0].Policies[1].Name)
	require.Equal(t, "inline policy by-hand of role cli-dev-power-user", found.Deployment.Roles[0].Policies[0].Name)
	require.Subset(t, broken(found), []policy.Guarantee{policy.G3, policy.G6}, "s3 is denied to the role's session")

	_, err := deployed.Read(t.Context(), withoutSense{c.iam}, c.sts, c.outputs)
	require.ErrorIs(t, err, policy.ErrSyntax)
	require.ErrorContains(t, err, "inline policy by-hand of group developers")

	c.inline(t, "user", "alice")
	_, tokens := c.clients(t, "alice")
	identity, err := deployed.ReadCaller(t.Context(), c.iam, tokens)
	require.NoError(t, err)
	require.Equal(t, "inline policy by-hand of user alice", identity.Policies[0].Name)
}

func TestReadCaller(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	require.NoError(t, c.PutUserPermissionsBoundary("alice", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
	require.NoError(t, c.AttachUserPolicy("alice", "arn:aws:iam::aws:policy/PowerUserAccess"))
	_, tokens := c.clients(t, "alice")
	identity, err := deployed.ReadCaller(t.Context(), c.iam, tokens)
	require.NoError(t, err)
	require.Equal(t, aliceARN, identity.Caller.ARN)
	require.Equal(t, policy.UserCaller, identity.Caller.Kind)
	require.Equal(t, "arn:aws:iam::aws:policy/ReadOnlyAccess", identity.Boundary.Name)
	require.Empty(t, identity.Unread)
	require.Equal(t, []string{"PowerUserAccess", "cli-dev-developers"},
		[]string{identity.Policies[0].Name, identity.Policies[1].Name})

	identity, err = deployed.ReadCaller(t.Context(),
		c.refusing("GetUser", "ListGroupsForUser", "GetPolicyVersion", "ListUserPolicies"), tokens)
	require.NoError(t, err)
	require.Nil(t, identity.Boundary)
	require.Empty(t, identity.Policies)
	require.Equal(t, []string{
		"the permissions boundary of user alice (iam:GetUser was denied)",
		"policy arn:aws:iam::aws:policy/PowerUserAccess (iam:GetPolicyVersion was denied)",
		"user alice (iam:ListUserPolicies was denied)",
		"the groups of user alice (iam:ListGroupsForUser was denied)",
	}, identity.Unread)
}

// as is an STS that says who calls.
type as string

func (a as) GetCallerIdentity(
	context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options),
) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{
		Account: aws.String(accountID), Arn: aws.String(string(a)), UserId: aws.String("AROAEXAMPLE:alice"),
	}, nil
}

func TestReadCallerInARole(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	const session = "arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/alice"
	identity, err := deployed.ReadCaller(t.Context(), c.iam, as(session))
	require.NoError(t, err)
	require.Equal(t, policy.Caller{
		Kind: policy.RoleSessionCaller, ARN: session, Account: accountID, IssuerARN: roleARN, UniqueID: "AROAEXAMPLE",
	}, identity.Caller)
	require.Equal(t, "PowerUserAccess", identity.Policies[0].Name)

	identity, err = deployed.ReadCaller(t.Context(), c.refusing("GetRole", "ListAttachedRolePolicies"), as(session))
	require.NoError(t, err)
	require.Equal(t, roleARN, identity.Caller.IssuerARN)
	require.Len(t, identity.Unread, 2)

	for _, arn := range []string{"arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:federated-user/x"} {
		_, err = deployed.ReadCaller(t.Context(), c.iam, as(arn))
		require.ErrorContains(t, err, "only users and role sessions can be explained: ")
	}
}

func TestReadTrust(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	trust, err := deployed.ReadTrust(t.Context(), c.iam, "cli-dev-power-user")
	require.NoError(t, err)
	require.ElementsMatch(t, policy.Values{aliceARN, bobARN}, trust.Document.Statements[0].Principal.AWS)
	_, err = deployed.ReadTrust(t.Context(), c.iam, "no-such-role")
	require.ErrorIs(t, err, deployed.ErrNotFound)
}
