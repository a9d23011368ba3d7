package provider

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Diff compares the state with the inputs wanted now, so that what a refresh has found in the account counts too.
func (p *provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	rt, state, news, err := open(req.GetUrn(), "Diff", req.GetOlds(), req.GetNews())
	if err != nil {
		return nil, err
	}
	return diffResponse(rt.schema(), diffProperties(rt.schema(), state, news)), nil
}

// diffResponse follows pulumi-terraform-bridge's Provider.Diff (pkg/tfbridge/provider.go).
func diffResponse(s schema, detailed map[string]*pulumirpc.PropertyDiff) *pulumirpc.DiffResponse {
	changed := map[string]bool{}
	for path := range detailed {
		key, _, _ := strings.Cut(path, `[`)
		key, _, _ = strings.Cut(key, `.`)
		changed[key] = true
	}
	resp := &pulumirpc.DiffResponse{
		Changes:         pulumirpc.DiffResponse_DIFF_NONE,
		Diffs:           slices.Sorted(maps.Keys(changed)),
		DetailedDiff:    detailed,
		HasDetailedDiff: true,
	}
	for _, p := range s {
		switch {
		case !p.replace:
		case changed[string(p.key)]:
			resp.Replaces = append(resp.Replaces, string(p.key))
		default:
			resp.Stables = append(resp.Stables, string(p.key))
		}
	}
	slices.Sort(resp.Replaces)
	if len(changed) > 0 {
		resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	// The bridge's rule for resources whose name the program gives, and pulumi-aws's for attachments: they cannot be next
	// to what they replace.
	resp.DeleteBeforeReplace = len(resp.Replaces) > 0
	return resp
}

// diffProperties is the detailed diff from the state to the inputs, by property path.
func diffProperties(s schema, state, news resource.PropertyMap) map[string]*pulumirpc.PropertyDiff {
	detailed := map[string]*pulumirpc.PropertyDiff{}
	differs := func(path resource.PropertyPath, had, has, replace bool) {
		detailed[path.String()] = &pulumirpc.PropertyDiff{Kind: diffKind(had, has, replace)}
	}
	for _, p := range s.inputs() {
		old, wanted := state[p.key], news[p.key]
		switch {
		case p.kind == textMapKind && !wanted.IsComputed():
			olds, news := entries(old), entries(wanted)
			union := maps.Clone(olds)
			maps.Copy(union, news)
			for key := range union {
				before, had := olds[key]
				after, has := news[key]
				if !had || !has || !before.DeepEquals(after) {
					differs(resource.PropertyPath{string(p.key), string(key)}, had, has, p.replace)
				}
			}
		case !p.same(old, wanted): // an unknown is never the same
			differs(resource.PropertyPath{string(p.key)}, !isZero(old), !isZero(wanted), p.replace)
		}
	}
	return detailed
}

func diffKind(had, has, replace bool) pulumirpc.PropertyDiff_Kind {
	type change struct{ had, has, replace bool }
	return map[change]pulumirpc.PropertyDiff_Kind{
		{false, true, false}: pulumirpc.PropertyDiff_ADD,
		{false, true, true}:  pulumirpc.PropertyDiff_ADD_REPLACE,
		{true, false, false}: pulumirpc.PropertyDiff_DELETE,
		{true, false, true}:  pulumirpc.PropertyDiff_DELETE_REPLACE,
		{true, true, false}:  pulumirpc.PropertyDiff_UPDATE,
		{true, true, true}:   pulumirpc.PropertyDiff_UPDATE_REPLACE,
	}[change{had, has, replace}]
}
