package endpoint

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// list is a list in the Query protocol's XML; it is there even when empty. Its
// name is XMLName, or else that of the field which holds it.
type list[T any] struct {
	XMLName xml.Name
	Members []T `xml:"member"`
}

func listOf[T, X any](name string, items []T, convert func(T) X) list[X] {
	converted := make([]X, len(items))
	for i, item := range items {
		converted[i] = convert(item)
	}
	return list[X]{xml.Name{Local: name}, converted}
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
	err := a.err
	if err == nil {
		var body []byte
		if body, err = xml.MarshalIndent(a.success(requestID), "", "  "); err == nil {
			return rendered{http.StatusOK, xmlHeader(), append(body, '\n')}
		}
	}
	e := awsError(err)
	return rendered{e.Status, xmlHeader(), a.renderError(e, requestID)}
}

func (a answer) success(requestID string) any {
	type response struct {
		XMLName   xml.Name
		Result    result
		RequestID string `xml:"ResponseMetadata>RequestId"`
	}
	return response{a.root(a.action + "Response"), result{a.action + "Result", a.result}, requestID}
}

func (a answer) root(name string) xml.Name { return xml.Name{Space: a.namespace, Local: name} }

// result is the output of an operation; nil for one without.
type result struct {
	name  string
	value any
}

// MarshalXML writes the output under its name.
func (r result) MarshalXML(enc *xml.Encoder, _ xml.StartElement) error {
	if r.value == nil {
		return nil
	}
	return enc.EncodeElement(r.value, xml.StartElement{Name: xml.Name{Local: r.name}})
}

func (a answer) renderError(e *account.Error, requestID string) []byte {
	type response struct {
		XMLName   xml.Name
		Type      string `xml:"Error>Type"`
		Code      string `xml:"Error>Code"`
		Message   string `xml:"Error>Message"`
		RequestID string `xml:"RequestId"`
	}
	fault := "Sender"
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	body, err := xml.MarshalIndent(response{a.root("ErrorResponse"), fault, e.Code, e.Message, requestID}, "", "  ")
	if err != nil {
		panic("endpoint: strings always encode: " + err.Error())
	}
	return append(body, '\n')
}

// encodeDocument is a policy document in the RFC 3986 encoding in which IAM
// answers it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
func encodeDocument(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
