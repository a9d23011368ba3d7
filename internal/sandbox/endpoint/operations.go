package endpoint

import (
	"maps"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const (
	iamVersion   = "2010-05-08"
	iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"
	stsVersion   = "2011-06-15"
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
)

// service is one AWS service: its name in credential scopes, its XML
// namespace, and its operations by name.
type service struct {
	name       string
	namespace  string
	operations map[string]operation
}

// operation is one action of a service. Its handler gives nil for an action
// that has no output.
type operation struct {
	handle   func(*call) (any, error)
	required []string
	writes   bool
	// resource is on what the action is authorised; nil where the handler sees to
	// that itself, or where nobody can be denied (GetCallerIdentity).
	resource resourceOf
}

func read(on resourceOf, handle func(*call) (any, error), required ...string) operation {
	return operation{handle: handle, required: required, resource: on}
}

func write(on resourceOf, handle func(*call) (any, error), required ...string) operation {
	return operation{handle: handle, required: required, resource: on, writes: true}
}

// silent is write for an action without output.
func silent(on resourceOf, handle func(*call) error, required ...string) operation {
	return write(on, func(c *call) (any, error) { return nil, handle(c) }, required...)
}

// silent1 is silent for a method of the account that takes one parameter.
func silent1(on resourceOf, change func(*account.Account, string) error, name string) operation {
	return silent(on, func(c *call) error { return change(c.account, c.get(name)) }, name)
}

// silent2 is silent for a method of the account that takes two parameters.
func silent2(on resourceOf, change func(*account.Account, string, string) error, first, second string) operation {
	return silent(on, func(c *call) error {
		return change(c.account, c.get(first), c.get(second))
	}, first, second)
}

// lists is an operation that answers items in pages, as a list of that name.
func lists[T, X any](
	on resourceOf, name string, items func(*call) ([]T, error), key func(T) string, convert func(T) X, required ...string,
) operation {
	return read(on, func(c *call) (any, error) {
		found, err := items(c)
		if err != nil {
			return nil, err
		}
		found, info, err := page(c, found, key)
		return struct {
			Items list[X]
			pageInfo
		}{listOf(name, found, convert), info}, err
	}, required...)
}

// same converts nothing.
func same[T any](item T) T { return item }

// services is what the endpoint serves, by API version.
func services() map[string]service {
	iam := map[string]operation{}
	for _, operations := range []map[string]operation{
		userOperations(), accessKeyOperations(), mfaDeviceOperations(), groupOperations(), roleOperations(),
		policyOperations(), attachmentOperations(), inlinePolicyOperations(),
	} {
		maps.Copy(iam, operations)
	}
	return map[string]service{
		iamVersion: {"iam", iamNamespace, iam},
		stsVersion: {"sts", stsNamespace, stsOperations()},
	}
}
