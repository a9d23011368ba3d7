package policy

// Possible decides whether policies allow a request with some values of the
// condition keys that its caller and credential leave open, and spells those that
// it takes. The error says why that is undecided.
func Possible(
	caller Caller, credential Credential, action, resource string, policies Policies,
) (keys []string, allowed bool, err error) {
	s := newSpace(newSubject(caller, credential), policies, false)
	c, err := s.request(action, resource)
	if err != nil {
		return nil, false, err
	}
	allows := func(context Context) bool {
		return Evaluate(Request{Caller: caller, Action: action, Resource: resource, Context: context}, policies).Allowed
	}
	context, found, _, err := c.find(allows)
	if !found {
		return nil, false, err
	}
	_, keys = c.needed(context, allows)
	return keys, true, nil
}
