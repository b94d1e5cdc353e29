"""The contract with provider systems: protobuf in and out, and every error as a gRPC status.

=============  =====================================================================================
``forms``      a table of fields that reads and writes one message
``claims``     the claim's tables: what can be carried, and every violation at once
``decisions``  what the payer answers, as much of it as the caller may read
``status``     each kind of error and its gRPC status
``calls``      the one door: who asks, can it be read, how a failure ends
``pipeline``   streams: one message is decided while the answer before it is written
``methods``    the methods of the five services
``client``     the other end, for our own command line
=============  =====================================================================================

Nothing else in this project knows protobuf; ``adjudicator.serving`` starts a server from here.
"""

from adjudicator.v1 import (
    accumulator_service_pb2,
    claim_service_pb2,
    policy_service_pb2,
    remittance_service_pb2,
    review_service_pb2,
)

SERVICES: tuple[str, ...] = tuple(
    service.full_name
    for file in (
        claim_service_pb2,
        remittance_service_pb2,
        review_service_pb2,
        policy_service_pb2,
        accumulator_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
)
"""Full names of the contract's services."""
