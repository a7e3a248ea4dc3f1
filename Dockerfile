# docker build -t guildhall .
# docker run --env-file guildhall.env -v guildhall:/data guildhall
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath -tags goolm -ldflags='-s -w' -o /guildhall ./cmd/guildhall \
 && mkdir /data

# Only certificates, time zones and a user without rights; no shell.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /guildhall /usr/local/bin/guildhall
# A new volume takes over this folder's owner, so that the program may write to it.
COPY --from=build --chown=nonroot:nonroot /data /data
WORKDIR /data
VOLUME /data
ENTRYPOINT ["guildhall"]
CMD ["serve"]
