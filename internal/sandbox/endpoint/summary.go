package endpoint

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func summaryOperations() map[string]operation {
	return map[string]operation{
		"GetAccountSummary":              read(getAccountSummary),
		"ListAccountAliases":             read(listAccountAliases),
		"GetAccountAuthorizationDetails": read(getAccountAuthorizationDetails),
	}
}

type summaryEntryXML struct {
	Key   string `xml:"key"`
	Value int    `xml:"value"`
}

func getAccountSummary(c *call) (any, error) {
	summary := c.account.GetAccountSummary()
	var result struct {
		Entries []summaryEntryXML `xml:"SummaryMap>entry"`
	}
	for _, key := range slices.Sorted(maps.Keys(summary)) {
		result.Entries = append(result.Entries, summaryEntryXML{key, summary[key]})
	}
	return result, nil
}

func listAccountAliases(*call) (any, error) {
	return struct {
		AccountAliases list[string]
		pageInfo
	}{}, nil
}

type userDetailXML struct {
	userXML
	UserPolicyList          list[struct{}]
	GroupList               list[string]
	AttachedManagedPolicies list[attachedPolicyXML]
}

type groupDetailXML struct {
	groupXML
	GroupPolicyList         list[struct{}]
	AttachedManagedPolicies list[attachedPolicyXML]
}

type roleDetailXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	InstanceProfileList      list[struct{}]
	RolePolicyList           list[struct{}]
	AttachedManagedPolicies  list[attachedPolicyXML]
	PermissionsBoundary      *boundaryXML
	Tags                     *list[tagXML]
	RoleLastUsed             struct{}
}

type policyDetailXML struct {
	PolicyName                    string
	PolicyID                      string `xml:"PolicyId"`
	Arn                           string
	Path                          string
	DefaultVersionID              string `xml:"DefaultVersionId"`
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	PolicyVersionList             list[policyVersionXML]
}

type authorizationDetailsXML struct {
	UserDetailList  list[userDetailXML]
	GroupDetailList list[groupDetailXML]
	RoleDetailList  list[roleDetailXML]
	Policies        list[policyDetailXML]
	pageInfo
}

// getAccountAuthorizationDetails answers users, groups, roles and policies in
// pages that go through the four lists one after the other.
func getAccountAuthorizationDetails(c *call) (any, error) {
	wanted, err := entityFilter(c.params)
	if err != nil {
		return nil, err
	}
	details := c.account.GetAccountAuthorizationDetails()
	var all []part[authorizationDetailsXML]
	collect := func(kind, key string, add func(*authorizationDetailsXML)) {
		if wanted[kind] {
			all = append(all, part[authorizationDetailsXML]{key, add})
		}
	}
	for _, u := range details.Users {
		collect("User", "1 "+u.UserName, func(x *authorizationDetailsXML) {
			x.UserDetailList.Members = append(x.UserDetailList.Members, userDetailOf(u))
		})
	}
	for _, g := range details.Groups {
		collect("Group", "2 "+g.GroupName, func(x *authorizationDetailsXML) {
			x.GroupDetailList.Members = append(x.GroupDetailList.Members, groupDetailOf(g))
		})
	}
	for _, r := range details.Roles {
		collect("Role", "3 "+r.RoleName, func(x *authorizationDetailsXML) {
			x.RoleDetailList.Members = append(x.RoleDetailList.Members, roleDetailOf(r))
		})
	}
	for _, p := range details.Policies {
		collect(policyKind(p), "4 "+policyKey(p.Policy), func(x *authorizationDetailsXML) {
			x.Policies.Members = append(x.Policies.Members, policyDetailOf(p))
		})
	}
	result, info, err := pageOfParts(c, all)
	result.pageInfo = info
	return result, err
}

// entityFilter is the kinds that the request wants: all without a filter.
func entityFilter(p params) (map[string]bool, error) {
	kinds := []string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}
	filter := p.list("Filter")
	for _, kind := range filter {
		if !slices.Contains(kinds, kind) {
			return nil, invalidParameter("1 validation error detected: Value '[%s]' at 'filter' failed to satisfy "+
				"constraint: Member must satisfy enum value set: [%s]",
				strings.Join(filter, ", "), strings.Join(kinds, ", "))
		}
	}
	if len(filter) == 0 {
		filter = kinds
	}
	wanted := map[string]bool{}
	for _, kind := range filter {
		wanted[kind] = true
	}
	return wanted, nil
}

func policyKind(p account.PolicyDetail) string {
	if p.AWSManaged {
		return "AWSManagedPolicy"
	}
	return "LocalManagedPolicy"
}

func userDetailOf(u account.UserDetail) userDetailXML {
	return userDetailXML{
		userXML: userOf(u.User), GroupList: list[string]{u.Groups},
		AttachedManagedPolicies: listOf(u.AttachedPolicies, attachedPolicyOf),
	}
}

func groupDetailOf(g account.GroupDetail) groupDetailXML {
	return groupDetailXML{
		groupXML: groupOf(g.Group), AttachedManagedPolicies: listOf(g.AttachedPolicies, attachedPolicyOf),
	}
}

func roleDetailOf(r account.RoleDetail) roleDetailXML {
	return roleDetailXML{
		Path: r.Path, RoleName: r.RoleName, RoleID: r.RoleID, Arn: r.ARN, CreateDate: iso8601(r.CreateDate),
		AssumeRolePolicyDocument: encodeDocument(r.AssumeRolePolicyDocument),
		AttachedManagedPolicies:  listOf(r.AttachedPolicies, attachedPolicyOf),
		PermissionsBoundary:      boundaryOf(r.PermissionsBoundary), Tags: optionalList(r.Tags, tagOf),
	}
}

func policyDetailOf(p account.PolicyDetail) policyDetailXML {
	x := policyOf(p.Policy)
	return policyDetailXML{
		PolicyName: x.PolicyName, PolicyID: x.PolicyID, Arn: x.Arn, Path: x.Path,
		DefaultVersionID: x.DefaultVersionID, AttachmentCount: x.AttachmentCount,
		PermissionsBoundaryUsageCount: x.PermissionsBoundaryUsageCount, IsAttachable: x.IsAttachable,
		Description: x.Description, CreateDate: x.CreateDate, UpdateDate: x.UpdateDate,
		PolicyVersionList: listOf(p.Versions, policyVersionOf),
	}
}
