package sdkconfig

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// plainBody hides from net/http that a body can write itself. Smithy's wrapper of one that
// can gives io.EOF for an error once it is closed, which is as soon as an answer comes.
// net/http, if it has not looked yet whether there is more to send, takes that for a failed
// request and closes the connection under the answer; the SDK asks once more, and what was
// made or used up by the first request is there already: a device whose seed nobody saw, or
// a code.
type plainBody struct{ io.ReadSeeker }

// PlainBodies is an option of the SDK's clients. Without it, an answer that comes fast may
// be lost and asked for again, as happens with one from this machine.
//
// https://github.com/aws/aws-sdk-go-v2/issues/2737
func PlainBodies(stack *middleware.Stack) error {
	return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("PlainBodies", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			if body, ok := request.GetStream().(io.ReadSeeker); ok {
				plain, err := request.SetStream(plainBody{body})
				if err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("the body of a request: %w", err)
				}
				in.Request = plain
			}
		}
		return next.HandleFinalize(ctx, in)
	}), middleware.Before)
}
