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

// checkNewBoundary is for a user or role that is created: it may have none.
func (a *Account) checkNewBoundary(policyARN string) error {
	if policyARN == "" {
		return nil
	}
	return a.checkAttachable("permissionsBoundary", policyARN)
}

func (a *Account) putBoundary(boundary *Boundary, policyARN string) error {
	if err := a.checkAttachable("permissionsBoundary", policyARN); err != nil {
		return err
	}
	*boundary = Boundary(policyARN)
	return nil
}
