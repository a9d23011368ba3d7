package endpoint

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// list is a list in the Query protocol's XML; it is there even when empty.
type list[T any] struct {
	Members []T `xml:"member"`
}

func listOf[T, X any](items []T, convert func(T) X) list[X] {
	converted := make([]X, len(items))
	for i, item := range items {
		converted[i] = convert(item)
	}
	return list[X]{converted}
}

// optionalTags are left out when there are none.
func optionalTags(tags []account.Tag) *list[account.Tag] {
	if len(tags) == 0 {
		return nil
	}
	return &list[account.Tag]{tags}
}

// listed is the answer of an operation that gives one list, whose name is name.
type listed[X any] struct {
	name  string
	items list[X]
	info  pageInfo
}

// MarshalXML writes the list, and whether there is more.
func (l listed[X]) MarshalXML(enc *xml.Encoder, start xml.StartElement) error {
	if err := enc.EncodeToken(start); err != nil {
		return err
	}
	if err := enc.EncodeElement(l.items, element(l.name)); err != nil {
		return err
	}
	if err := enc.EncodeElement(l.info.IsTruncated, element("IsTruncated")); err != nil {
		return err
	}
	if l.info.Marker != "" {
		if err := enc.EncodeElement(l.info.Marker, element("Marker")); err != nil {
			return err
		}
	}
	return enc.EncodeToken(start.End())
}

// rendered is an HTTP response.
type rendered struct {
	status int
	header map[string]string
	body   []byte
}

// render is the response that says the answer.
func (a answer) render(requestID string) rendered {
	if a.other != nil {
		return *a.other
	}
	header := xmlHeader()
	if a.err != nil {
		e := awsError(a.err)
		return rendered{e.Status, header, a.renderError(e, requestID)}
	}
	body, err := a.renderResult(requestID)
	if err != nil {
		e := awsError(err)
		return rendered{e.Status, header, a.renderError(e, requestID)}
	}
	return rendered{http.StatusOK, header, body}
}

func (a answer) renderResult(requestID string) ([]byte, error) {
	type metadata struct {
		RequestID string `xml:"RequestId"`
	}
	return renderElement(a.action+"Response", a.namespace, func(enc *xml.Encoder) error {
		if a.result != nil {
			if err := enc.EncodeElement(a.result, element(a.action+"Result")); err != nil {
				return err
			}
		}
		return enc.EncodeElement(metadata{requestID}, element("ResponseMetadata"))
	})
}

func (a answer) renderError(e *account.Error, requestID string) []byte {
	type fault struct {
		Type    string
		Code    string
		Message string
	}
	body, err := renderElement("ErrorResponse", a.namespace, func(enc *xml.Encoder) error {
		if err := enc.EncodeElement(fault{faultType(e.Status), e.Code, e.Message}, element("Error")); err != nil {
			return err
		}
		return enc.EncodeElement(requestID, element("RequestId"))
	})
	if err != nil {
		panic("endpoint: strings always encode: " + err.Error())
	}
	return body
}

func faultType(status int) string {
	if status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

func renderElement(name, namespace string, content func(*xml.Encoder) error) ([]byte, error) {
	var body bytes.Buffer
	enc := xml.NewEncoder(&body)
	enc.Indent("", "  ")
	start := element(name)
	start.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}
	if err := enc.EncodeToken(start); err != nil {
		return nil, err
	}
	if err := content(enc); err != nil {
		return nil, err
	}
	if err := enc.EncodeToken(start.End()); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return append(body.Bytes(), '\n'), nil
}

func element(name string) xml.StartElement {
	return xml.StartElement{Name: xml.Name{Local: name}}
}

// encodeDocument is a policy document in the RFC 3986 encoding in which IAM
// answers it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
func encodeDocument(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
