package account

import "encoding/xml"

// Boundary is the ARN of the managed policy that limits a user or a role, their
// permissions boundary, or empty.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
type Boundary string

// MarshalXML writes nothing for none.
func (b Boundary) MarshalXML(enc *xml.Encoder, start xml.StartElement) error {
	if b == "" {
		return nil
	}
	return enc.EncodeElement(struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }{"Policy", string(b)}, start)
}

// newIdentity is a user or role that is to be created: it may have no boundary.
func (a *Account) newIdentity(name, path, idPrefix, boundary string, tags []Tag) (entity, error) {
	e := a.newEntity(name, path, idPrefix)
	e.PermissionsBoundary = Boundary(boundary)
	var err error
	if e.Tags, err = withTags(nil, tags, ignoreCase); err == nil && boundary != "" {
		err = a.checkAttachable("permissionsBoundary", boundary)
	}
	return e, err
}

func (a *Account) putBoundary(boundary *Boundary, policyARN string) error {
	if err := a.checkAttachable("permissionsBoundary", policyARN); err != nil {
		return err
	}
	*boundary = Boundary(policyARN)
	return nil
}
