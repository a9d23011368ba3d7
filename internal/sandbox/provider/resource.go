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
	"google.golang.org/protobuf/types/known/structpb"
)

// resourceType is one type of IAM object. Its properties come without secrets and defaults have been filled in.
type resourceType interface {
	// schema describes the type's properties.
	schema() schema
	// create makes the object and returns its id. A non-empty id together with an error says that the object exists
	// all the same.
	create(ctx context.Context, c cloud, in resource.PropertyMap) (id string, err error)
	// read gives the state of the object. The one that it is given is what is known of it: it says which of several
	// equivalent texts to keep, and has what the account does not store. The error is errGone if the object does not
	// exist.
	read(ctx context.Context, c cloud, id string, state resource.PropertyMap) (resource.PropertyMap, error)
	// update makes the changes that need no replacement.
	update(ctx context.Context, c cloud, id string, state, news resource.PropertyMap) error
	// delete removes the object; that it is gone already is no error.
	delete(ctx context.Context, c cloud, id string, state resource.PropertyMap) error
}

// errGone says that an object does not exist.
var errGone = errors.New("the object does not exist")

// resourceTypes is the table of what the provider can manage, by type token.
func resourceTypes() map[string]resourceType {
	return map[string]resourceType{
		"aws:iam/role:Role":     role{},
		"aws:iam/policy:Policy": policy{},
		"aws:iam/groupPolicyAttachment:GroupPolicyAttachment": newGroupPolicyAttachment(),
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment":   newRolePolicyAttachment(),
	}
}

// open is the type of the resource that a method is called for, and the properties in two of the request's messages.
func open(urn, method string, first, second *structpb.Struct) (
	rt resourceType, one, two resource.PropertyMap, err error,
) {
	token := string(resource.URN(urn).Type())
	rt, ok := resourceTypes()[token]
	if !ok {
		return nil, nil, nil, status.Errorf(codes.InvalidArgument,
			"unrecognized resource type (%s): %s; the sandbox provider has %s",
			method, token, strings.Join(slices.Sorted(maps.Keys(resourceTypes())), ", "))
	}
	if one, err = decode(method, first); err == nil {
		two, err = decode(method, second)
	}
	return rt, one, two, err
}

func isNoSuchEntity(err error) bool {
	_, ok := errors.AsType[*types.NoSuchEntityException](err)
	return ok
}

// isUnknownPrincipal is for a trust policy that names somebody whom IAM does not know.
func isUnknownPrincipal(err error) bool {
	_, malformed := errors.AsType[*types.MalformedPolicyDocumentException](err)
	return malformed && strings.Contains(err.Error(), "Invalid principal")
}

// goneOr is errGone for IAM's NoSuchEntity, and otherwise the error with what was being done.
func goneOr(err error, doing string) error {
	if isNoSuchEntity(err) {
		return errGone
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// unlessGone is the error with what was being done; that the object is gone already is none.
func unlessGone(err error, doing string, args ...any) error {
	if err == nil || isNoSuchEntity(err) {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err)
}

// errorOf is the error of a call whose answer says nothing.
func errorOf[T any](_ T, err error) error { return err }
