import type { VisitDtlsParameters, VisitRtpCapabilities, VisitRtpParameters } from '@sotto/protocol/rtp';
import type { types } from 'mediasoup';

/**
 * Parsed values as mediasoup's types. The runtime values are the same: zod leaves absent fields out, while its types
 * say `| undefined`, which `exactOptionalPropertyTypes` keeps apart from mediasoup's plain optional fields.
 */
export const asRtpParameters = (value: VisitRtpParameters): types.RtpParameters => value as types.RtpParameters;
export const asRtpCapabilities = (value: VisitRtpCapabilities): types.RtpCapabilities => value as types.RtpCapabilities;
export const asDtlsParameters = (value: VisitDtlsParameters): types.DtlsParameters => value as types.DtlsParameters;
