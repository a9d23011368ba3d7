package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// resourceType is one type of IAM object. Its properties come without secrets and defaults have been filled in.
type resourceType interface {
	// schema describes the type's properties.
	schema() schema
	// create makes the object and returns its id. A non-empty id together with an error says that the object exists
	// all the same.
	create(ctx context.Context, c cloud, in resource.PropertyMap) (id string, err error)
	// read finds the object. The state is what is known of it: it says which of several equivalent texts to keep,
	// and has what the account does not store. The error is errGone if the object does not exist.
	read(ctx context.Context, c cloud, id string, state resource.PropertyMap) (object, error)
	// update makes the changes that need no replacement.
	update(ctx context.Context, c cloud, id string, state, news resource.PropertyMap) error
	// delete removes the object; that it is gone already is no error.
	delete(ctx context.Context, c cloud, id string, state resource.PropertyMap) error
	// identify is the state that an import id stands for.
	identify(id string) (resource.PropertyMap, error)
}

// object is what read found.
type object struct {
	id    string
	state resource.PropertyMap
}

var (
	// errGone says that an object does not exist.
	errGone = errors.New("the object does not exist")
	// errEmpty says that the endpoint answered without the object that it was asked for.
	errEmpty = errors.New("empty answer")
)

// resourceTypes is the table of what the provider can manage, by type token.
func resourceTypes() map[string]resourceType {
	return map[string]resourceType{
		"aws:iam/role:Role":     newRole(),
		"aws:iam/policy:Policy": newPolicy(),
		"aws:iam/groupPolicyAttachment:GroupPolicyAttachment": newGroupPolicyAttachment(),
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment":   newRolePolicyAttachment(),
	}
}

func (p *provider) resourceType(urn, method string) (resourceType, error) {
	token := string(resource.URN(urn).Type())
	rt, ok := p.resources[token]
	if !ok {
		return nil, status.Errorf(codes.InvalidArgument,
			"unrecognized resource type (%s): %s; the sandbox provider has %s",
			method, token, strings.Join(slices.Sorted(maps.Keys(p.resources)), ", "))
	}
	return rt, nil
}

func isNoSuchEntity(err error) bool {
	_, ok := errors.AsType[*types.NoSuchEntityException](err)
	return ok
}

// goneOr is errGone for IAM's NoSuchEntity, and otherwise the error with what was being done.
func goneOr(err error, doing string) error {
	if isNoSuchEntity(err) {
		return errGone
	}
	return fmt.Errorf("%s: %w", doing, err)
}
