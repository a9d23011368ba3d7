package provider

import (
	"context"
	"encoding/json"
	"errors"
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
	defaultTagsKey         resource.PropertyKey = "defaultTags"
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
	if !config[defaultTagsKey].ContainsUnknowns() {
		if _, err := defaultTags(config); err != nil {
			failures = append(failures, failure(defaultTagsKey, err.Error()))
		}
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
	args, err := decode("Configure", req.GetArgs())
	if err != nil {
		return nil, err
	}
	config := p.session(ctx).current().config
	if region := text(args.plain, regionKey); region != "" {
		config.Region = region
	}
	tags, err := defaultTags(args.plain)
	if err != nil {
		return nil, fmt.Errorf("aws:%s: %w", defaultTagsKey, err)
	}
	if err := verifyAccount(ctx, config, args.plain); err != nil {
		return nil, err
	}
	p.session(ctx).configure(settings{config, tags})
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets:                   true,
		AcceptResources:                 true,
		SupportsPreview:                 true,
		SupportsAutonamingConfiguration: true,
	}, nil
}

func verifyAccount(ctx context.Context, config aws.Config, args resource.PropertyMap) error {
	allowed, err := accountIDs(args, allowedAccountIDsKey)
	if err != nil {
		return fmt.Errorf("aws:%s: %w", allowedAccountIDsKey, err)
	}
	forbidden, err := accountIDs(args, forbiddenAccountIDsKey)
	if err != nil {
		return fmt.Errorf("aws:%s: %w", forbiddenAccountIDsKey, err)
	}
	if len(allowed) == 0 && len(forbidden) == 0 {
		return nil
	}
	caller, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
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
func accountIDs(args resource.PropertyMap, key resource.PropertyKey) ([]string, error) {
	value, set := args[key]
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

// defaultTags reads the tags of the setting defaultTags, which the engine passes as JSON text, too.
func defaultTags(args resource.PropertyMap) (resource.PropertyMap, error) {
	value := args[defaultTagsKey]
	if value.IsString() {
		var setting map[string]any
		if err := json.Unmarshal([]byte(value.StringValue()), &setting); err != nil {
			return nil, fmt.Errorf("expected tags in a map: %w", err)
		}
		value = resource.NewProperty(resource.NewPropertyMapFromMap(setting))
	}
	if value.IsNull() {
		return nil, nil
	}
	if !value.IsObject() {
		return nil, fmt.Errorf("expected tags in a map, got %s", value.TypeString())
	}
	tags := value.ObjectValue()["tags"]
	switch {
	case tags.IsNull():
		return nil, nil
	case !tags.IsObject():
		return nil, fmt.Errorf("expected a map of tags, got %s", tags.TypeString())
	}
	if reason := refuseTags(tags); reason != "" {
		return nil, errors.New(reason)
	}
	return tags.ObjectValue(), nil
}
