package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The settings of https://www.pulumi.com/registry/packages/aws/installation-configuration/ that this provider
// honours.
const (
	regionKey              resource.PropertyKey = "region"
	allowedAccountIDsKey   resource.PropertyKey = "allowedAccountIds"
	forbiddenAccountIDsKey resource.PropertyKey = "forbiddenAccountIds"
)

// CheckConfig accepts the settings of the real provider as they are; the ones that would lead elsewhere have no
// effect here (see the package comment).
func (p *provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := decode("CheckConfig", req.GetNews())
	if err != nil {
		return nil, err
	}
	if failures := checkConfig(news.plain); len(failures) > 0 {
		return &pulumirpc.CheckResponse{Failures: failures}, nil
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func checkConfig(config resource.PropertyMap) []*pulumirpc.CheckFailure {
	var failures []*pulumirpc.CheckFailure
	if v, set := config[regionKey]; set && !v.IsComputed() && !v.IsString() {
		failures = append(failures, failure(regionKey, "expected a string"))
	}
	for _, key := range []resource.PropertyKey{allowedAccountIDsKey, forbiddenAccountIDsKey} {
		if config[key].ContainsUnknowns() {
			continue
		}
		if _, err := accountIDs(config, key); err != nil {
			failures = append(failures, failure(key, err.Error()))
		}
	}
	return failures
}

// DiffConfig says which settings changed. Another region replaces the provider, and with it every resource, as the real
// provider has it, but for a state that names no region (https://github.com/pulumi/pulumi-aws/issues/3826).
func (p *provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := decode("DiffConfig.olds", req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := decode("DiffConfig.news", req.GetNews())
	if err != nil {
		return nil, err
	}
	diff := olds.plain.Diff(news.plain)
	if diff == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	resp := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}
	for _, key := range diff.ChangedKeys() {
		resp.Diffs = append(resp.Diffs, string(key))
		if _, had := olds.plain[key]; had && key == regionKey {
			resp.Replaces = append(resp.Replaces, string(key))
		}
	}
	return resp, nil
}

// Configure takes one engine's settings. It fails, naming the account, when allowedAccountIds or forbiddenAccountIds
// say that the account behind the endpoint must not be touched, as the real provider does.
func (p *provider) Configure(
	ctx context.Context, req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	settings, err := decode("Configure", req.GetArgs())
	if err != nil {
		return nil, err
	}
	config := p.session(ctx).awsConfig()
	if region := text(settings.plain, regionKey); region != "" {
		config.Region = region
	}
	if err := p.verifyAccount(ctx, config, settings.plain); err != nil {
		return nil, err
	}
	p.session(ctx).configure(config)
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets:                   true,
		AcceptResources:                 true,
		SupportsPreview:                 true,
		SupportsAutonamingConfiguration: true,
	}, nil
}

func (p *provider) verifyAccount(ctx context.Context, config aws.Config, settings resource.PropertyMap) error {
	allowed, err := accountIDs(settings, allowedAccountIDsKey)
	if err != nil {
		return fmt.Errorf("aws:%s: %w", allowedAccountIDsKey, err)
	}
	forbidden, err := accountIDs(settings, forbiddenAccountIDsKey)
	if err != nil {
		return fmt.Errorf("aws:%s: %w", forbiddenAccountIDsKey, err)
	}
	if len(allowed) == 0 && len(forbidden) == 0 {
		return nil
	}
	caller, err := newCloud(config, 0).sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("retrieving the AWS account ID: %w", err)
	}
	id := aws.ToString(caller.Account)
	if slices.Contains(forbidden, id) || len(allowed) > 0 && !slices.Contains(allowed, id) {
		return fmt.Errorf("AWS account ID not allowed: %s", id)
	}
	return nil
}

// accountIDs reads a list of account ids. The engine passes the nested settings of stack config as JSON text.
func accountIDs(settings resource.PropertyMap, key resource.PropertyKey) ([]string, error) {
	value, set := settings[key]
	switch {
	case !set:
		return nil, nil
	case value.IsString():
		var ids []string
		if err := json.Unmarshal([]byte(value.StringValue()), &ids); err != nil {
			return nil, fmt.Errorf("expected a list of account ids: %w", err)
		}
		return ids, nil
	case !value.IsArray():
		return nil, fmt.Errorf("expected a list of account ids, got %s", value.TypeString())
	}
	ids := make([]string, 0, len(value.ArrayValue()))
	for _, v := range value.ArrayValue() {
		if !v.IsString() {
			return nil, fmt.Errorf("expected a list of account ids, got %s in it", v.TypeString())
		}
		ids = append(ids, v.StringValue())
	}
	return ids, nil
}
