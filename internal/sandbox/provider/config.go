package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The settings of https://www.pulumi.com/registry/packages/aws/installation-configuration/ that this provider
// honours.
const (
	regionKey      resource.PropertyKey = "region"
	defaultTagsKey resource.PropertyKey = "defaultTags"
)

// CheckConfig accepts the settings of the real provider as they are; most of them have no effect here (see the package
// comment).
func (p *provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
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
	diff := olds.Diff(news)
	if diff == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	resp := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}
	for _, key := range diff.ChangedKeys() {
		resp.Diffs = append(resp.Diffs, string(key))
		if _, had := olds[key]; had && key == regionKey {
			resp.Replaces = append(resp.Replaces, string(key))
		}
	}
	return resp, nil
}

// Configure takes one engine's settings.
func (p *provider) Configure(
	ctx context.Context, req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	args, err := decode("Configure", req.GetArgs())
	if err != nil {
		return nil, err
	}
	config := p.session(ctx).settings.Load().config.Copy()
	if region := text(args, regionKey); region != "" {
		config.Region = region
	}
	tags, err := defaultTags(args)
	if err != nil {
		return nil, fmt.Errorf("aws:%s: %w", defaultTagsKey, err)
	}
	p.session(ctx).settings.Store(&settings{config, tags})
	return &pulumirpc.ConfigureResponse{SupportsPreview: true}, nil
}

// defaultTags reads the tags of the setting defaultTags, which the engine passes as JSON text.
func defaultTags(args resource.PropertyMap) (resource.PropertyMap, error) {
	value := args[defaultTagsKey]
	if value.IsString() {
		var setting map[string]any
		if err := json.Unmarshal([]byte(value.StringValue()), &setting); err != nil {
			return nil, fmt.Errorf("expected tags in a map: %w", err)
		}
		value = resource.NewProperty(resource.NewPropertyMapFromMap(setting))
	}
	if !value.IsNull() && !value.IsObject() {
		return nil, fmt.Errorf("expected tags in a map, got %s", value.TypeString())
	}
	tags := entries(value)["tags"]
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
