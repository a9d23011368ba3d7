package provider

import (
	"context"
	"errors"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
)

const idKey resource.PropertyKey = "id"

// Create makes the object. When something fails after that, the answer is the object's state together with the
// error, so that the engine records the object and goes on with it next time instead of losing it.
func (p *provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	rt, err := p.resourceType(req.GetUrn(), "Create")
	if err != nil {
		return nil, err
	}
	in, err := decode("Create.inputs", req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		plan, err := encode("Create.preview", rt.schema().planned(nil, in.plain), in.secret)
		return &pulumirpc.CreateResponse{Properties: plan}, err
	}
	c := p.cloud(ctx)
	id, err := rt.create(ctx, c, in.plain)
	if id == "" {
		return nil, err
	}
	settled := rt.schema().settled(nil, in.plain)
	if err != nil {
		return nil, partial(id, settled, in.secret, err)
	}
	found, err := rt.read(ctx, c, id, settled)
	if err != nil {
		return nil, partial(id, settled, in.secret, err)
	}
	state, err := encodeState("Create.state", found, in.secret)
	return &pulumirpc.CreateResponse{Id: id, Properties: state}, err
}

// Read refreshes or imports. An object that is gone is an answer without an id.
func (p *provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	rt, err := p.resourceType(req.GetUrn(), "Read")
	if err != nil {
		return nil, err
	}
	state, err := decode("Read.state", req.GetProperties())
	if err != nil {
		return nil, err
	}
	olds, err := decode("Read.inputs", req.GetInputs())
	if err != nil {
		return nil, err
	}
	known := state.plain
	importing := len(known) == 0
	if importing {
		if known, err = rt.identify(req.GetId()); err != nil {
			return nil, err
		}
	}
	found, err := rt.read(ctx, p.cloud(ctx), req.GetId(), known)
	if errors.Is(err, errGone) {
		return &pulumirpc.ReadResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	inputs := refreshedInputs(rt.schema(), olds.plain, found.state)
	if importing {
		inputs = importedInputs(rt.schema(), found.state)
	}
	secret := maps.Clone(state.secret)
	maps.Copy(secret, olds.secret)
	return readResponse(found, inputs, secret)
}

func readResponse(
	found object, inputs resource.PropertyMap, secret map[resource.PropertyKey]bool,
) (*pulumirpc.ReadResponse, error) {
	state, err := encodeState("Read.state", found, secret)
	if err != nil {
		return nil, err
	}
	in, err := encode("Read.inputs", inputs, secret)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResponse{Id: found.id, Properties: state, Inputs: in}, nil
}

// refreshedInputs are the inputs there were, with the account's values, as the bridge does it: an input that was not
// given stays away, since Diff compares with the state. A default that no longer holds stops being one.
func refreshedInputs(s schema, olds, state resource.PropertyMap) resource.PropertyMap {
	inputs := resource.PropertyMap{}
	defaulted := []string{}
	for key, old := range olds {
		p, ok := s.find(key)
		if !ok {
			continue
		}
		inputs[key] = state[key]
		if p.same(old, state[key]) {
			inputs[key] = old
			if olds[defaultsKey].IsArray() && wasDefaulted(olds, key) {
				defaulted = append(defaulted, string(key))
			}
		}
	}
	if olds[defaultsKey].IsArray() {
		inputs[defaultsKey] = sortedTextList(defaulted)
	}
	return inputs
}

// importedInputs are the inputs that a program would give for the object: everything that is not the default.
func importedInputs(s schema, state resource.PropertyMap) resource.PropertyMap {
	inputs := resource.PropertyMap{defaultsKey: textList(nil)}
	for _, p := range s.inputs() {
		value := state[p.key]
		if p.key == namePrefixKey || !p.isGiven() || isZero(value) || value.DeepEquals(p.fallback) {
			continue
		}
		inputs[p.key] = value
	}
	return inputs
}

// Update makes the changes that need no replacement. When a call fails, the answer is the planned state together with
// the error, although the account may have none of it: the Terraform plugin SDK keeps the plan (helper/schema,
// ResourceData.State), and the bridge passes it on (pkg/tfbridge, Provider.Update). The next update then finds nothing
// to change, unless a refresh has read the account before.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	rt, err := p.resourceType(req.GetUrn(), "Update")
	if err != nil {
		return nil, err
	}
	state, err := decode("Update.olds", req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := decode("Update.news", req.GetNews())
	if err != nil {
		return nil, err
	}
	if err := ignoreChanges(req.GetIgnoreChanges(), state.plain, news.plain); err != nil {
		return nil, err
	}
	if req.GetPreview() {
		plan, err := encode("Update.preview", rt.schema().planned(state.plain, news.plain), news.secret)
		return &pulumirpc.UpdateResponse{Properties: plan}, err
	}
	found, err := p.applyUpdate(ctx, rt, req.GetId(), state.plain, news)
	if err != nil {
		return nil, err
	}
	encoded, err := encodeState("Update.state", found, news.secret)
	return &pulumirpc.UpdateResponse{Properties: encoded}, err
}

func (p *provider) applyUpdate(
	ctx context.Context, rt resourceType, id string, state resource.PropertyMap, news values,
) (object, error) {
	c, planned := p.cloud(ctx), rt.schema().settled(state, news.plain)
	if err := rt.update(ctx, c, id, state, news.plain); err != nil {
		return object{}, partial(id, planned, news.secret, err)
	}
	found, err := rt.read(ctx, c, id, planned)
	if err != nil {
		return object{}, partial(id, planned, news.secret, err)
	}
	return found, nil
}

// Delete removes the object. That it is gone already is no error.
func (p *provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	rt, err := p.resourceType(req.GetUrn(), "Delete")
	if err != nil {
		return nil, err
	}
	state, err := decode("Delete.state", req.GetProperties())
	if err != nil {
		return nil, err
	}
	if err := rt.delete(ctx, p.cloud(ctx), req.GetId(), state.plain); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// partial is the error for an object that exists although the operation failed
// (ErrorResourceInitFailed of the provider protocol).
func partial(id string, state resource.PropertyMap, secret map[resource.PropertyKey]bool, cause error) error {
	encoded, err := encodeState("partial state", object{id: id, state: state}, secret)
	if err != nil {
		return errors.Join(cause, err)
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id:         id,
		Properties: encoded,
		Reasons:    []string{cause.Error()},
	})
}
