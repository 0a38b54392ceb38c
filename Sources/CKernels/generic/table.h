// The table of the instruction set that includes this, under the name TABLE.
const ck_kernels TABLE = {
    .name = TABLE_NAME,
    .panel = PANEL,
    .group = GROUP,
    .activation_mask = ACTIVATION_MASK,
    .linear = linear,
    .layer_norm = layer_norm,
    .layer_norm_quantise = layer_norm_quantise,
    .quantise = quantise,
    .gelu_quantise = gelu_quantise,
    .quantise_heads = quantise_heads,
    .attention = attention,
    .project = project,
    .dot = dot,
    .peak = peak,
};
