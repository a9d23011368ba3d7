package provider

import (
	"context"
	"errors"

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
	rt, in, _, err := open(req.GetUrn(), "Create", req.GetProperties(), nil)
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		plan, err := encode("Create.preview", rt.schema().planned(nil, in))
		return &pulumirpc.CreateResponse{Properties: plan}, err
	}
	c := p.cloud(ctx)
	id, err := rt.create(ctx, c, in)
	if id == "" {
		return nil, err
	}
	settled := rt.schema().settled(nil, in)
	if err != nil {
		return nil, partial(id, settled, err)
	}
	var found resource.PropertyMap
	err = c.eventually(ctx, func(err error) bool { return errors.Is(err, errGone) }, func() (err error) {
		found, err = rt.read(ctx, c, id, settled)
		return err
	})
	if err != nil {
		return nil, partial(id, settled, err)
	}
	state, err := encodeState("Create.state", id, found)
	return &pulumirpc.CreateResponse{Id: id, Properties: state}, err
}

// Read refreshes or imports. An object that is gone is an answer without an id.
func (p *provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	rt, state, olds, err := open(req.GetUrn(), "Read", req.GetProperties(), req.GetInputs())
	if err != nil {
		return nil, err
	}
	importing := len(state) == 0
	found, err := rt.read(ctx, p.cloud(ctx), req.GetId(), state)
	if errors.Is(err, errGone) {
		return &pulumirpc.ReadResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	inputs := refreshedInputs(rt.schema(), olds, found)
	if importing {
		inputs = importedInputs(rt.schema(), found)
	}
	properties, err := encodeState("Read.state", req.GetId(), found)
	if err != nil {
		return nil, err
	}
	in, err := encode("Read.inputs", inputs)
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: in}, err
}

// refreshedInputs are the inputs there were, with the account's values, as the bridge does it: an input that was not
// given stays away, since Diff compares with the state.
func refreshedInputs(s schema, olds, state resource.PropertyMap) resource.PropertyMap {
	inputs := resource.PropertyMap{}
	for key, old := range olds {
		p, ok := s.find(key)
		if !ok {
			continue
		}
		inputs[key] = state[key]
		if p.same(old, state[key]) {
			inputs[key] = old
		}
	}
	return inputs
}

// importedInputs are the inputs that a program would give for the object: everything that is not the default.
func importedInputs(s schema, state resource.PropertyMap) resource.PropertyMap {
	inputs := resource.PropertyMap{}
	for _, p := range s.inputs() {
		value := state[p.key]
		if !p.isGiven() || isZero(value) || value.DeepEquals(p.fallback) {
			continue
		}
		inputs[p.key] = value
	}
	return inputs
}

// Update makes the changes that need no replacement. When a call fails, the answer is the planned state with the error,
// although the account may have none of it, as the Terraform plugin SDK keeps the plan (helper/schema,
// ResourceData.State): the next update finds nothing to change, unless a refresh has read the account before.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	rt, state, news, err := open(req.GetUrn(), "Update", req.GetOlds(), req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		plan, err := encode("Update.preview", rt.schema().planned(state, news))
		return &pulumirpc.UpdateResponse{Properties: plan}, err
	}
	c, id, planned := p.cloud(ctx), req.GetId(), rt.schema().settled(state, news)
	if err := rt.update(ctx, c, id, state, news); err != nil {
		return nil, partial(id, planned, err)
	}
	found, err := rt.read(ctx, c, id, planned)
	if err != nil {
		return nil, partial(id, planned, err)
	}
	encoded, err := encodeState("Update.state", id, found)
	return &pulumirpc.UpdateResponse{Properties: encoded}, err
}

// Delete removes the object. That it is gone already is no error.
func (p *provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	rt, state, _, err := open(req.GetUrn(), "Delete", req.GetProperties(), nil)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, rt.delete(ctx, p.cloud(ctx), req.GetId(), state)
}

// partial is the error for an object that exists although the operation failed
// (ErrorResourceInitFailed of the provider protocol).
func partial(id string, state resource.PropertyMap, cause error) error {
	encoded, err := encodeState("partial state", id, state)
	if err != nil {
		return errors.Join(cause, err)
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id:         id,
		Properties: encoded,
		Reasons:    []string{cause.Error()},
	})
}
